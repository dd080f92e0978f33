import type { Tx } from '../db/database.ts'
import { appendChanges, type ChangeDraft } from './append.ts'

/** Something that somebody did which no state of a directory, an account or a role tells. */
export interface Act extends Pick<ChangeDraft, 'kind' | 'organizationId'> {
  readonly actor: string
  /** Absent where it is about none. */
  readonly directoryId?: string
  readonly changedFields?: readonly string[]
  readonly previous?: ChangeDraft['previous']
  /** Ids and settings: never a secret, a link or an address, since whoever may read changes reads it. */
  readonly detail: NonNullable<ChangeDraft['detail']>
}

/** Tells in the change log what somebody did, last in the transaction that does it. */
export async function tellAct(tx: Tx, act: Act, now: Date): Promise<void> {
  const about = { directoryId: '', userId: null, groupId: null, changedFields: [], previous: null, eventId: null }
  await appendChanges(tx, [{ ...about, ...act, source: 'MUTATION', occurredAt: now }])
}
