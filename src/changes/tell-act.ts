import type { Tx } from '../db/database.ts'
import { ABOUT_NOTHING, appendChanges, type ChangeDraft } from './append.ts'

/** An act that no state of a directory, an account or a role reveals. */
export interface Act extends Pick<ChangeDraft, 'kind' | 'organizationId'> {
  /** The caller; null if a receiver of webhooks did it, with its response. */
  readonly actor: string | null
  /** Absent if it concerns none. */
  readonly directoryId?: string
  readonly changedFields?: readonly string[]
  readonly previous?: ChangeDraft['previous']
  /** Ids and settings: never a secret, a link or an address, since every viewer who may read changes can read it. */
  readonly detail: NonNullable<ChangeDraft['detail']>
}

/** Records an act in the change log, last in the transaction that does it. Returns the position there. */
export async function tellAct(tx: Tx, { actor, ...act }: Act, now: Date): Promise<number> {
  const by = actor === null ? ({ source: 'OUTBOUND' } as const) : ({ source: 'MUTATION', actor } as const)
  const appended = await appendChanges(tx, [{ ...ABOUT_NOTHING, directoryId: '', ...act, ...by, occurredAt: now }])
  return appended!.position
}
