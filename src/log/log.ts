import { pino, type Logger } from 'pino'

export type Log = Logger

// Writing a line by itself costs as much as a small query. Buffered lines are also written when the process ends,
// unless it is killed.
const TOGETHER_BYTES = 4_096
const TOGETHER_MS = 50

/** JSON lines on standard output: ids and numbers, no names, addresses or payloads (see CONTRIBUTING.md). */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: { app: 'rollcall' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ sync: false, minLength: TOGETHER_BYTES, periodicFlush: TOGETHER_MS }),
  )
}
