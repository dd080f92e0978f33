import type pg from 'pg'

/**
 * Returns how many sessions wait for a lock in the same database: test files running in parallel share a server, and
 * tables have the same oid in all databases cloned from one template. `which`: a condition on columns of pg_locks. Not
 * inside a transaction, which sees the same connections throughout.
 */
export async function waitingLocks(db: Pick<pg.Pool | pg.Client, 'query'>, which = 'true'): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from pg_locks
     where not granted and pid in (select pid from pg_stat_activity where datname = current_database()) and ${which}`,
  )
  return rows[0]!.count
}
