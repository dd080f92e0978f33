import type { Log } from './log.ts'
import { createRepeats } from './repeats.ts'

const SAME_MS = 60_000

/** A delivery that nobody signed for us may be anybody's. All of them are what a wrong setting looks like. */
export function logUnsigned(log: Log): (reason: string) => void {
  const repeats = createRepeats(SAME_MS)
  return (reason) => {
    const times = repeats(reason)
    const look = 'Where WorkOS sent it: WORKOS_WEBHOOK_SECRET, and the clock of this machine'
    if (times !== null) log.warn({ reason, times, look }, 'webhook not signed')
  }
}
