import { AsyncLocalStorage } from 'node:async_hooks'
import { UpstreamError } from '../operations/upstream-error.ts'
import { parseRetryAfter } from '../text/parse-retry-after.ts'
import { toUpstreamError } from './upstream-error.ts'

// WorkOS sends seconds. A wait of more than an hour is cut to one: a slip must not silence a feed for years.
const LONGEST_REST_MS = 3_600_000

const calls = new AsyncLocalStorage<{ restMs: number | null }>()

/**
 * Calls the SDK. Throws UpstreamError, which knows how long WorkOS asks to wait, whatever its status: the SDK's own
 * errors know it only for 429, and only if it was given in seconds.
 */
export async function call<Value>(request: () => Promise<Value>): Promise<Value> {
  const heard = { restMs: null }
  try {
    return await calls.run(heard, request)
  } catch (error) {
    throw toUpstreamError(error, heard.restMs)
  }
}

/** Returns null if WorkOS does not know what it is asked for. */
export async function known<Value>(asked: Promise<Value>): Promise<Value | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof UpstreamError && error.status === 404) return null
    throw error
  }
}

/**
 * Records the `Retry-After` of an answer to the call under way. A date is by WorkOS's clock, so it is compared with its
 * `Date`.
 */
export function hearRest({ headers }: Pick<Response, 'headers'>, now: Date): void {
  const heard = calls.getStore()
  if (heard === undefined) return
  const date = new Date(headers.get('date') ?? Number.NaN)
  const restMs = parseRetryAfter(headers.get('retry-after'), Number.isNaN(date.getTime()) ? now : date)
  // Callers that need not wait, or no longer, choose their own pause.
  heard.restMs = restMs === null || restMs === 0 ? null : Math.min(restMs, LONGEST_REST_MS)
}
