import type pg from 'pg'
import { onlyRow } from '../db/only-row.ts'
import { inTransaction } from '../db/transaction.ts'

const CHUNK = 1_000

/**
 * Purges the oldest changes, at most 1,000, recorded before a moment, and records in the clock how far: whoever
 * continues from an older cursor is told of the gap (law 5). Returns whether there may be more.
 */
export async function purgeChanges(pool: pg.Pool, before: Date): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    // The clock first: a reader that sees the rows gone also sees how far, and no transaction appends meanwhile.
    const oldest = await tx.query<{ last: number | null; count: number }>(
      `with clock as (select from change_clock for update),
            oldest as (select position, recorded_at from change, clock order by position limit ${CHUNK})
       select max(position) as last, count(*) as count from oldest
       where position < coalesce((select min(position) from oldest where recorded_at >= $1), 'infinity'::float8)`,
      [before],
    )
    const { last, count } = onlyRow(oldest)
    if (last === null) return false
    await tx.query('update change_clock set purged_through = $1', [last])
    await tx.query('delete from change where position <= $1', [last])
    return count === CHUNK
  })
}
