import { pino, type Logger } from 'pino'

export type Log = Logger

/** JSON lines on standard output. What is logged are ids and numbers: no names, addresses or payloads (see CONTRIBUTING.md). */
export function createLog(level: string): Log {
  return pino({
    level,
    base: { app: 'rollcall' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
}
