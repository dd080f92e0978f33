import { Logger, type LogFunctionFactory } from 'graphile-worker'
import type { JobLog } from './job-log.ts'

const LEVELS = { error: 'error', warning: 'warn', info: 'debug', debug: 'debug' } as const

/**
 * Passes on graphile-worker's messages, except job failures, which it reports with a stack and we in a line of our own.
 */
export function createWorkerLogger(log: Pick<JobLog, 'worker'>): Logger {
  const write: LogFunctionFactory = () => (level, text, meta) => {
    if (meta?.['failure'] !== true) log.worker(LEVELS[level], text)
  }
  return new Logger(write)
}
