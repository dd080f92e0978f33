import type pg from 'pg'

/**
 * How many wait for a lock in the same database: servers are shared by files that run beside each other, and tables
 * have the same number in all databases that were made of one template. `which`: a condition on columns of pg_locks.
 * Not inside a transaction, which sees the same connections as long as it lasts.
 */
export async function waitingLocks(db: Pick<pg.Pool, 'query'>, which = 'true'): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from pg_locks
     where not granted and pid in (select pid from pg_stat_activity where datname = current_database()) and ${which}`,
  )
  return rows[0]!.count
}
