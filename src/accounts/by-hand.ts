import type { Why } from '../changes/append.ts'
import type { Administrator } from '../operations/administrator.ts'

/** Why an account changed through the API. */
export function byHand(
  by: Administrator,
  now: Date,
  of: Partial<Pick<Why, 'directoryId' | 'directoryUserId'>> = {},
): Why {
  return {
    directoryId: '',
    directoryUserId: null,
    ...of,
    source: 'MUTATION',
    eventId: null,
    actor: by.actor,
    occurredAt: now,
  }
}
