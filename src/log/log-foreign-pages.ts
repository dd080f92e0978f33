import type { Log } from './log.ts'
import { createRepeats } from './repeats.ts'

/** Warns once of each origin whose pages were refused: whoever builds one sees only that its requests failed. */
export function logForeignPages(log: Log): (origin: string, setting: string | null) => void {
  const repeats = createRepeats(Infinity)
  return (origin, setting) => {
    if (repeats(origin) === null) return
    const look = setting === null ? 'Serve it over HTTP to give it an origin' : `If it is yours, set ${setting}`
    log.warn({ origin, look }, 'a page may not call this server')
  }
}
