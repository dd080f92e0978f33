import type pg from 'pg'
import { lockKey, lockNames } from '../db/advisory-lock.ts'
import { inTransaction } from '../db/transaction.ts'

/**
 * Gives back the jobs that killed processes had taken: their locks went with them. By itself graphile-worker would wait
 * for four hours. A job whose last attempt was killed gets one more. Returns how many there were.
 */
export async function giveBack(pool: pg.Pool, tasks: readonly string[]): Promise<number> {
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ id: string; workerId: string }>({
      name: 'find-orphans',
      text: `select id, locked_by as "workerId" from graphile_worker.jobs
             where locked_by is not null and task_identifier = any($1)
               and pg_try_advisory_xact_lock(${lockKey('$2 || locked_by')})`,
      values: [tasks, lockNames.jobsOf('')],
    })
    if (rows.length === 0) return 0
    await tx.query('select graphile_worker.force_unlock_workers($1)', [rows.map(({ workerId }) => workerId)])
    await tx.query(
      `select graphile_worker.reschedule_jobs(array[id], attempts := max_attempts - 1)
       from graphile_worker.jobs where id = any($1) and attempts >= max_attempts`,
      [rows.map(({ id }) => id)],
    )
    return rows.length
  })
}
