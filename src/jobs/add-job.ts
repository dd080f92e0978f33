import type { Queryable } from '../db/database.ts'

interface NewJob {
  readonly task: string
  readonly payload: object
  /** A waiting job with the same key is replaced. */
  readonly key: string
  /** After this many attempts it is given up. The pauses in between grow from 3 seconds to 6 hours. */
  readonly maxAttempts: number
}

/** Adds a job. In a transaction, it exists once that commits, and can then not be lost. */
export async function addJob(db: Queryable, { task, payload, key, maxAttempts }: NewJob): Promise<void> {
  await db.query({
    name: 'add-job',
    text: 'select graphile_worker.add_job($1, $2::json, max_attempts := $3, job_key := $4)',
    values: [task, JSON.stringify(payload), maxAttempts, key],
  })
}
