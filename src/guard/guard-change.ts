import type { ChangeDraft } from '../changes/append.ts'
import { draftChange, type Why } from '../changes/draft-change.ts'
import type { GuardChangeKind } from '../directory/change-kinds.ts'

export interface GuardNews {
  readonly organizationId: string | null
  readonly kind: GuardChangeKind
  readonly detail: {
    /** Why it was held, in plain words; null for a decision. */
    readonly reason: string | null
    /** How many users would have been offboarded, as far as counted; null for a decision. */
    readonly users: number | null
    readonly memberships: number | null
    /** How many events are held so far, or were decided on. */
    readonly events: number
    /** The run that was held or decided on; null if none was. */
    readonly syncRunId: string | null
  }
}

/** What the mass-change guard did, or what was decided about it, as a change for the log. */
export function guardChange(why: Why, { detail, ...news }: GuardNews): ChangeDraft {
  return draftChange(why, { ...news, detail: { ...detail } })
}
