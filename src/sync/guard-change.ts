import type { ChangeDraft } from '../changes/append.ts'
import type { GuardChangeKind } from '../directory/changes.ts'

export interface GuardNews extends Pick<
  ChangeDraft,
  'directoryId' | 'organizationId' | 'source' | 'eventId' | 'actor' | 'occurredAt'
> {
  readonly kind: GuardChangeKind
  readonly detail: {
    /** Why it was held, in plain words; null where somebody decided. */
    readonly reason: string | null
    /** Who would have been offboarded, those who had been counted; null where somebody decided. */
    readonly users: number | null
    readonly memberships: number | null
    /** Events that are held so far, or that were decided on. */
    readonly events: number
    /** The run that was held, or decided on; null where none was. */
    readonly syncRunId: string | null
  }
}

/** What the mass-change guard did, or somebody decided about it, as a change of the log. */
export function guardChange({ detail, ...news }: GuardNews): ChangeDraft {
  return { userId: null, groupId: null, changedFields: [], previous: null, ...news, detail: { ...detail } }
}
