import type { JobLog } from '../jobs/job-log.ts'
import type { Log } from './log.ts'

/** One line per attempt of a job: ids and numbers, and the task's error messages, which hold no personal data. */
export function logJobs(log: Log): JobLog {
  return {
    done: (task, job, ms) => log.info({ task, job, ms: Math.round(ms * 10) / 10 }, 'job done'),
    failed: (task, job, attempt, error) => log.warn({ task, job, attempt, error }, 'job failed'),
    worker: (level, text) => log[level]({ text }, 'jobs'),
  }
}
