import { appendChanges, type ChangeDraft } from '../changes/append.ts'
import type { Why } from '../changes/draft-change.ts'
import type { Database, Tx } from '../db/database.ts'
import { retriedTransaction } from '../db/retried-transaction.ts'
import { lockMappingsExclusively, lockRoleAdministration } from './mappings-lock.ts'

/** How accounts are settled; injected, since the accounts module builds on this one. */
export interface Settlement {
  /** Queues the accounts whose ids `select` returns. Returns how many. */
  queue(tx: Tx, select: string, values: readonly unknown[], why: Why): Promise<number>
  /** Queues the accounts that mappings, even deleted ones, apply to: after the commit, however many there are. */
  queueMappings(tx: Tx, mappingIds: readonly string[], why: Why): Promise<void>
  /** Settles accounts in this transaction. Returns the resulting changes. */
  settle(tx: Tx, whys: ReadonlyMap<string, Why>): Promise<ChangeDraft[]>
  /** Settles queued accounts, in transactions of its own, until everything queued before the call is settled. */
  drain(): Promise<void>
}

export interface RoleContext {
  readonly db: Database
  readonly now: () => Date
  readonly settlement: Settlement
}

/** What a transaction did. */
export interface Done<Result> {
  readonly result: Result
  readonly drafts: readonly ChangeDraft[]
  /** Whether accounts were queued. */
  readonly queued: boolean
}

/**
 * Changes mappings or roles, one administrator at a time, in a transaction whose `work` locks them, and records the
 * changes in the change log in the same transaction. Resolves once accounts reflect the change too; if this process
 * dies first, the workers settle them. None of these changes is counted in the statistics.
 */
export async function administerRolesInTurn<Result>(
  { db, settlement }: RoleContext,
  work: (tx: Tx) => Promise<Done<Result>>,
): Promise<Result> {
  const { result, queued } = await retriedTransaction(db.pool, async (tx) => {
    await lockRoleAdministration(tx)
    const done = await work(tx)
    await appendChanges(tx, done.drafts)
    return done
  })
  if (queued) await settlement.drain()
  return result
}

/**
 * The same for work short enough for all others to wait: `work` holds mappings and roles exclusively from the start.
 */
export function administerRoles<Result>(
  context: RoleContext,
  work: (tx: Tx) => Promise<Done<Result>>,
): Promise<Result> {
  return administerRolesInTurn(context, async (tx) => {
    await lockMappingsExclusively(tx)
    return work(tx)
  })
}
