import { appendChanges, type ChangeDraft, type Why } from '../changes/append.ts'
import type { Database, Tx } from '../db/database.ts'
import { retriedTransaction } from '../db/retried-transaction.ts'
import { lockMappings, takeTurn } from './mappings-lock.ts'

/** What accounts are settled by; handed in, since the room of accounts builds on this one. */
export interface Settlement {
  /** Puts accounts off: what selects them gives their ids. Gives how many. */
  queue(tx: Tx, select: string, values: readonly unknown[], why: Why): Promise<number>
  /** Puts off whom mappings concern, however many they are: after the commit. Also of mappings that are deleted. */
  queueMappings(tx: Tx, mappingIds: readonly string[], why: Why): Promise<void>
  /** Settles accounts in this transaction. Gives the changes that this makes. */
  settle(tx: Tx, whys: ReadonlyMap<string, Why>): Promise<ChangeDraft[]>
  /** Settles what is put off, in transactions of its own, until all of it is that was put off before. */
  drain(): Promise<void>
}

export interface RoleContext {
  readonly db: Database
  readonly now: () => Date
  readonly settlement: Settlement
}

/** What was done in a transaction. */
export interface Done<Result> {
  readonly result: Result
  readonly drafts: readonly ChangeDraft[]
  /** Whether accounts were put off. */
  readonly queued: boolean
}

/**
 * Changes mappings or roles, which nobody else does meanwhile, in a transaction whose `work` locks them, and tells so
 * in the change log in the same transaction. Answers when also the accounts have what follows from it; if this process
 * does not live to see it, the workers settle them. None of these changes is counted in the statistics.
 */
export async function administerRolesInTurn<Result>(
  { db, settlement }: RoleContext,
  work: (tx: Tx) => Promise<Done<Result>>,
): Promise<Result> {
  const { result, queued } = await retriedTransaction(db.pool, async (tx) => {
    await takeTurn(tx)
    const done = await work(tx)
    await appendChanges(tx, done.drafts)
    return done
  })
  if (queued) await settlement.drain()
  return result
}

/**
 * The same for what takes no longer than everybody can wait: `work` has mappings and roles to itself from its
 * beginning.
 */
export function administerRoles<Result>(
  context: RoleContext,
  work: (tx: Tx) => Promise<Done<Result>>,
): Promise<Result> {
  return administerRolesInTurn(context, async (tx) => {
    await lockMappings(tx)
    return work(tx)
  })
}
