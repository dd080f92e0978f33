import type { Why } from '../changes/append.ts'
import type { Administrator } from '../directory/administrator.ts'

/** Why an account changes that somebody changes through the API. */
export function byHand(by: Administrator, now: Date, of: Partial<Pick<Why, 'directoryId' | 'userId'>> = {}): Why {
  return { directoryId: '', userId: null, ...of, source: 'MUTATION', eventId: null, actor: by.actor, occurredAt: now }
}
