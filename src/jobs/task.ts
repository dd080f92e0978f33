import type pg from 'pg'

/** What a task is given besides its payload. */
export interface Attempt {
  /** Whether there is none after it. */
  readonly isLast: boolean
  /** Connections for jobs alone: while a task waits for somebody else, nobody but other jobs lacks one. */
  readonly pool: pg.Pool
}

/**
 * Does a job; what it throws has it done again, later. It may be begun once more although it was done, where the
 * process was killed in between, so it has to see for itself what is left to do. The message of what it throws is
 * logged and kept: no personal data.
 */
export type Task = (payload: unknown, attempt: Attempt) => Promise<void>

export type Tasks = Readonly<Record<string, Task>>
