import { parseRetryAfter } from '../text/parse-retry-after.ts'

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000]

/** When a message is tried again, counted from its first attempt. docs/webhooks.md publishes it. */
export const RETRIES_MS = [
  5 * SECOND,
  5 * MINUTE,
  35 * MINUTE,
  2.5 * HOUR,
  7.5 * HOUR,
  17.5 * HOUR,
  31.5 * HOUR,
  51.5 * HOUR,
  72 * HOUR,
] as const

/** After this long without success a message is dead. */
export const PATIENCE_MS = RETRIES_MS.at(-1)!

/** Retries of many messages that failed together are spread over this fraction of their pause. */
const JITTER = 0.1

/** Upper bound for Retry-After: a receiver that needs longer can repeat it. docs/webhooks.md publishes it. */
const LONGEST_RETRY_AFTER_MS = 24 * HOUR

interface Failed {
  /** Attempts so far, including this one. */
  readonly attempts: number
  readonly firstAttemptAt: Date
  /** How long the receiver asks to be left alone. */
  readonly retryAfterMs: number | null
}

/**
 * Returns when a message that has just failed is tried again; null if it is dead. An attempt may be late, to spare its
 * endpoint: the pauses are kept, and the last attempt is still three days after the first. Only a receiver that asks to
 * be left alone moves it.
 */
export function nextAttempt(
  { attempts, firstAttemptAt, retryAfterMs }: Failed,
  now: Date,
  random: number,
): Date | null {
  const end = firstAttemptAt.getTime() + PATIENCE_MS
  if (now.getTime() >= end) return null
  const next = Math.min(attempts, RETRIES_MS.length) - 1
  const pause = (RETRIES_MS[next]! - (RETRIES_MS[next - 1] ?? 0)) * (1 + JITTER * random)
  return new Date(Math.max(now.getTime() + (retryAfterMs ?? 0), Math.min(now.getTime() + pause, end)))
}

/** Parses the `Retry-After` header, in seconds or as a date: at most a day; null if absent or unreadable. */
export function readRetryAfter(header: string | undefined, now: Date): number | null {
  const pause = parseRetryAfter(header, now)
  return pause === null ? null : Math.min(pause, LONGEST_RETRY_AFTER_MS)
}
