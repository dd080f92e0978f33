import type { Tx } from '../db/database.ts'
import { appendChanges, type ChangeDraft } from './append.ts'
import { draftChange, type Why } from './draft-change.ts'

/** An act that no state of a directory, an account or a role reveals. */
export interface Act
  extends Pick<ChangeDraft, 'kind' | 'organizationId'>, Partial<Pick<ChangeDraft, 'changedFields' | 'previous'>> {
  /** Ids and settings: never a secret, a link or an address, since every viewer who may read changes can read it. */
  readonly detail?: NonNullable<ChangeDraft['detail']>
}

/** Records an act in the change log, last in the transaction that does it. Returns the position there. */
export async function tellAct(tx: Tx, why: Why, act: Act): Promise<number> {
  const { position } = await appendChanges(tx, [draftChange(why, act)])
  return position
}
