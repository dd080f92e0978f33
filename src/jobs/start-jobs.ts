import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '../db/database.ts'
import { createRounds, type Rounds } from '../rounds.ts'
import { giveBack } from './give-back.ts'
import type { JobLog } from './job-log.ts'
import { takeJobs } from './take-jobs.ts'
import type { Tasks } from './task.ts'

interface JobsOptions {
  readonly connectionString: string
  readonly tasks: Tasks
  /** Jobs that this instance runs at once; 0: none. */
  readonly concurrency: number
  /** Before the first: loading graphile-worker blocks everything else, such as the first responses, for a while. */
  readonly delayMs?: number
  /** How often to look for jobs whose process was killed. */
  readonly orphanMs?: number
  readonly closing: AbortSignal
  readonly log: JobLog
  readonly onError: (error: unknown) => void
}

interface Jobs {
  /** Finishes the jobs under way and takes no others. */
  close(): Promise<void>
}

const RESTART_MS = 2_000

/** Runs jobs as they come. All instances share them; each uses separate connections for them. */
export function startJobs({ delayMs = 500, orphanMs = 5_000, concurrency, ...options }: JobsOptions): Jobs {
  if (concurrency === 0) return { close: async () => {} }
  const { connectionString, tasks, log, onError } = options
  // One listens and one holds the lock; each job may have one, and looking for the next must not wait for them.
  const db = openDatabase({ connectionString, size: 2 * concurrency + 3, onIdleError: onError })
  const ended = new AbortController()
  const common = { closing: options.closing, onError }
  let wait = delayMs
  const work = async () => {
    await sleep(wait, undefined, { signal: ended.signal })
    wait = 0
    await takeJobs(db.pool, { tasks, concurrency, log, ended: ended.signal })
  }
  const rounds: Rounds[] = [
    // A round ends when the connection is lost or graphile-worker gives up; the next one starts afresh.
    createRounds({ ...common, intervalMs: RESTART_MS, round: work }),
    createRounds({
      ...common,
      intervalMs: orphanMs,
      delayMs,
      round: async () => {
        await giveBack(db.pool, Object.keys(tasks))
      },
    }),
  ]
  return {
    async close() {
      ended.abort()
      await Promise.all(rounds.map((one) => one.close()))
      await db.close()
    },
  }
}
