import type { Tx } from '../db/database.ts'
import { appendChanges, type ChangeDraft } from './append.ts'

/** Something that somebody did which no state of a directory, an account or a role tells. */
export interface Act extends Pick<ChangeDraft, 'kind' | 'organizationId'> {
  /** Null: nobody; a receiver of webhooks did it, by its answer. */
  readonly actor: string | null
  /** Absent where it is about none. */
  readonly directoryId?: string
  readonly changedFields?: readonly string[]
  readonly previous?: ChangeDraft['previous']
  /** Ids and settings: never a secret, a link or an address, since whoever may read changes reads it. */
  readonly detail: NonNullable<ChangeDraft['detail']>
}

/** Tells in the change log what somebody did, last in the transaction that does it. Gives the position there. */
export async function tellAct(tx: Tx, { actor, ...act }: Act, now: Date): Promise<number> {
  const about = { directoryId: '', userId: null, groupId: null, changedFields: [], previous: null, eventId: null }
  const by = actor === null ? ({ source: 'OUTBOUND' } as const) : ({ source: 'MUTATION', actor } as const)
  const appended = await appendChanges(tx, [{ ...about, ...act, ...by, occurredAt: now }])
  return appended!.position
}
