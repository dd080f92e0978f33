import type { Tx } from '../db/database.ts'
import { ABOUT_NOTHING, appendChanges, type ChangeDraft } from './append.ts'

/** Something that somebody did and that no state of a directory, an account or a role reveals. */
export interface Act extends Pick<ChangeDraft, 'kind' | 'organizationId'> {
  /** Null: nobody; a receiver of webhooks did it, with its response. */
  readonly actor: string | null
  /** Absent if it concerns none. */
  readonly directoryId?: string
  readonly changedFields?: readonly string[]
  readonly previous?: ChangeDraft['previous']
  /** Ids and settings: never a secret, a link or an address, since everybody who may read changes can read it. */
  readonly detail: NonNullable<ChangeDraft['detail']>
}

/** Records in the change log what somebody did, last in the transaction that does it. Returns the position there. */
export async function tellAct(tx: Tx, { actor, ...act }: Act, now: Date): Promise<number> {
  const by = actor === null ? ({ source: 'OUTBOUND' } as const) : ({ source: 'MUTATION', actor } as const)
  const appended = await appendChanges(tx, [{ ...ABOUT_NOTHING, directoryId: '', ...act, ...by, occurredAt: now }])
  return appended!.position
}
