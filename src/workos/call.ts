import { AsyncLocalStorage } from 'node:async_hooks'
import { parseRetryAfter } from '../directory/parse-retry-after.ts'
import { UpstreamError } from '../directory/upstream-error.ts'
import { toUpstreamError } from './upstream-error.ts'

// WorkOS says seconds. Whoever says more than an hour is asked after one: a slip must not silence a feed for years.
const LONGEST_REST_MS = 3_600_000

const calls = new AsyncLocalStorage<{ restMs: number | null }>()

/**
 * Calls the SDK. Throws UpstreamError, which knows how long WorkOS wants to be left alone whatever its status: the
 * SDK's own errors say it of 429 only, and only where it was told in seconds.
 */
export async function call<Value>(request: () => Promise<Value>): Promise<Value> {
  const heard = { restMs: null }
  try {
    return await calls.run(heard, request)
  } catch (error) {
    throw toUpstreamError(error, heard.restMs)
  }
}

/** Gives null where WorkOS does not know what it is asked for. */
export async function known<Value>(asked: Promise<Value>): Promise<Value | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof UpstreamError && error.status === 404) return null
    throw error
  }
}

/**
 * Takes in the `Retry-After` of an answer to the call that is under way. A date is WorkOS's, and so is compared with
 * its `Date`.
 */
export function hearRest({ headers }: Pick<Response, 'headers'>, now: Date): void {
  const heard = calls.getStore()
  if (heard === undefined) return
  const date = new Date(headers.get('date') ?? Number.NaN)
  const restMs = parseRetryAfter(headers.get('retry-after'), Number.isNaN(date.getTime()) ? now : date)
  // Who may come back at once, or could have already, decides on a pause of their own.
  heard.restMs = restMs === null || restMs === 0 ? null : Math.min(restMs, LONGEST_REST_MS)
}
