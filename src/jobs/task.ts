import type pg from 'pg'

/** What a task gets besides its payload. */
interface Attempt {
  /** Whether it is the last one. */
  readonly isLast: boolean
  /** Connections only for jobs: while a task waits for another system, only other jobs may lack one. */
  readonly pool: pg.Pool
}

/**
 * Does a job; if it throws, the job is retried later. It may run again although it was done, if the process was killed
 * in between, so it has to find out what is left to do. The message of what it throws is logged and kept: no personal
 * data.
 */
export type Task = (payload: unknown, attempt: Attempt) => Promise<void>

export type Tasks = Readonly<Record<string, Task>>
