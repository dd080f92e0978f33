import type pg from 'pg'
import { errorText } from '../text/error-text.ts'
import { lockNames } from '../db/advisory-lock.ts'
import { exclusively } from '../db/exclusive.ts'
import type { JobLog } from './job-log.ts'
import { releasedOnce } from './released-once.ts'
import type { Task, Tasks } from './task.ts'

interface Taking {
  readonly tasks: Tasks
  readonly concurrency: number
  readonly log: JobLog
  readonly ended: AbortSignal
}

/** Takes jobs until aborted or its lock is lost. Throws if graphile-worker gives up. */
export async function takeJobs(pool: pg.Pool, { tasks, concurrency, log, ended }: Taking): Promise<void> {
  const { runTaskList } = await import('graphile-worker')
  const { createWorkerLogger } = await import('./worker-logger.ts')
  const held = Promise.withResolvers<void>()
  const workers = runTaskList(
    {
      concurrency,
      noHandleSignals: true,
      logger: createWorkerLogger(log),
      preset: {
        // Without these, a failed write is an unhandled rejection, which would end the process.
        worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 },
        // No job is taken before the lock is held that shows whether its worker lives.
        plugins: [{ name: 'held', version: '1', worker: { hooks: { startWorker: () => held.promise } } }],
      },
    },
    Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, toWorker(name, task, log, pool)])),
    releasedOnce(pool),
  )
  const over = workers.promise.catch((error: unknown) => error)
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    Promise.resolve(workers.gracefulShutdown()).catch(() => {}) // `promise` says the same
  }
  try {
    const taken = await exclusively(pool, lockNames.jobsOf(workers.id), async (lost) => {
      lost.addEventListener('abort', stop)
      ended.addEventListener('abort', stop)
      if (ended.aborted) stop()
      held.resolve()
      return over
    })
    if (taken instanceof Error) throw taken
  } finally {
    held.resolve()
    stop()
    await over
    ended.removeEventListener('abort', stop)
  }
}

interface Helpers {
  readonly job: { readonly id: string; readonly attempts: number; readonly max_attempts: number }
}

function toWorker(name: string, task: Task, log: JobLog, pool: pg.Pool) {
  return async (payload: unknown, { job }: Helpers): Promise<void> => {
    const from = performance.now()
    try {
      await task(payload, { isLast: job.attempts >= job.max_attempts, pool })
      log.done(name, job.id, performance.now() - from)
    } catch (error) {
      log.failed(name, job.id, job.attempts, errorText(error))
      throw error
    }
  }
}
