import type { Log } from './log.ts'
import { createRepeats } from './repeats.ts'

const SAME_MS = 60_000

/** An unsigned delivery may come from any sender. If all of them are, a setting is probably wrong. */
export function logUnsigned(log: Log): (reason: string) => void {
  const repeats = createRepeats(SAME_MS)
  return (reason) => {
    const times = repeats(reason)
    const look = "If WorkOS sent it, check WORKOS_WEBHOOK_SECRET and this machine's clock"
    if (times !== null) log.warn({ reason, times, look }, 'webhook not signed')
  }
}
