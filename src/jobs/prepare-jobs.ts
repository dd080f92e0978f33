import type pg from 'pg'
import { lockExclusive, lockNames } from '../db/advisory-lock.ts'
import { isNoTable } from '../db/errors.ts'
import { onlyRow } from '../db/only-row.ts'
import { inTransaction } from '../db/transaction.ts'

/** The newest migration of the installed graphile-worker: asking it would mean loading it. */
export const NEWEST_MIGRATION = 19

/**
 * Creates the schema `graphile_worker` or brings it up to date: jobs can be added from then on. Several instances may
 * call it at once. If there is nothing to do, as on a usual start, graphile-worker is not even loaded. Throws if the
 * schema is of a newer version that this one cannot work with.
 */
export async function prepareJobs(pool: pg.Pool): Promise<void> {
  if ((await newestMigration(pool)) === NEWEST_MIGRATION) return
  await inTransaction(pool, async (tx) => {
    // graphile-worker tolerates others migrating at once, but not at each of its statements.
    await lockExclusive(tx, lockNames.prepareJobs)
    const { runMigrations } = await import('graphile-worker')
    const { createWorkerLogger } = await import('./worker-logger.ts')
    await runMigrations({ pgPool: pool, logger: createWorkerLogger({ worker: () => {} }) })
  })
}

async function newestMigration(pool: pg.Pool): Promise<number> {
  try {
    const newest = await pool.query<{ id: number }>('select coalesce(max(id), 0) as id from graphile_worker.migrations')
    return onlyRow(newest).id
  } catch (error) {
    if (isNoTable(error)) return 0
    throw error
  }
}
