import { appendChanges } from '../changes/append.ts'
import type { Database } from '../db/database.ts'
import { isPassing } from '../db/errors.ts'
import { onlyRow } from '../db/only-row.ts'
import { inTransaction } from '../db/transaction.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally } from '../stats/tally.ts'
import { putOffNext } from './due-mappings.ts'
import { settleDue } from './settle-access.ts'

/**
 * Settles a chunk of the accounts that a mapping, a role or a large group has made due, or finds some that a mapping
 * has; returns false if there are none.
 */
export async function settleNext(db: Database): Promise<boolean> {
  return (await settleChunk(db)) || inTransaction(db.pool, putOffNext)
}

function settleChunk(db: Database): Promise<boolean> {
  return inTransaction(db.pool, async (tx) => {
    const drafts = await settleDue(tx)
    if (drafts === null) return false
    const tally = createTally()
    tally.changes(await appendChanges(tx, drafts))
    await recordTally(tx, tally)
    return true
  })
}

const MAX_ATTEMPTS = 5

/**
 * Settles accounts until all that are due now have been settled, by this process or another. Does not wait for accounts
 * that become due meanwhile. `onMore` is called whenever there may be more for others to settle: a mapping's accounts
 * are due only once they have been found. Throws if the database cannot work; the workers then continue when it can.
 */
export async function drainDue(db: Database, onMore = () => {}): Promise<void> {
  const clock = await db.pool.query<{ until: string }>('select clock_timestamp()::text as until')
  const { until } = onlyRow(clock)
  for (let attempts = 0; ;) {
    try {
      const settled = await settleNext(db)
      if (!settled && !(await isStillDue(db, until))) return
      onMore()
      attempts = 0
    } catch (error) {
      attempts += 1
      if (!isPassing(error) || attempts === MAX_ATTEMPTS) throw error
    }
  }
}

// Waits for transactions that have taken what was due: the row is gone with their commit, or there again if they
// failed.
function isStillDue(db: Database, until: string): Promise<boolean> {
  return inTransaction(db.pool, async (tx) => {
    // Accounts last: a mapping's accounts are there by the time the mapping is gone.
    for (const [table, key] of [
      ['mapping_due', 'mapping_id'],
      ['account_due', 'account_id'],
    ] as const) {
      const { rowCount } = await tx.query(
        `select from ${table} where queued_at <= $1::timestamptz order by ${key} limit 1 for key share`,
        [until],
      )
      if (rowCount !== 0) return true
    }
    return false
  })
}
