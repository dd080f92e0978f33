import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkOS } from '@workos-inc/node'
import { UpstreamError } from '../directory/upstream-error.ts'
import { call } from './call.ts'
import type { ServerClock } from './server-clock.ts'
import { toUpstreamError } from './upstream-error.ts'

export interface Answer {
  readonly json: unknown
  /** When it was asked for, by WorkOS's clock. */
  readonly askedAt: Date
}

/** Reads of WorkOS's API, as JSON that nobody has looked at yet. */
export interface WorkosApi {
  /**
   * Throws UpstreamError: at once where asking again is no use, or where WorkOS wants to be left alone for more than a
   * minute, or else after some attempts. Whoever asks again then waits for its `retryAfterMs`.
   */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Answer>
}

export interface WorkosApiOptions {
  readonly workos: WorkOS
  readonly clock: ServerClock
  readonly now: () => Date
  /** Aborted when the server shuts down: what is under way then fails at once. */
  readonly closing: AbortSignal
  readonly attempts?: number
  /**
   * About how long to wait after the first attempt, where WorkOS does not say; twice as long after each further one.
   */
  readonly pauseMs?: number
}

const LONGEST_PAUSE_MS = 60_000

/**
 * The SDK's own retries and pages are left out: its pauses cannot be cut short by a shutdown, and its autopagination
 * fetches the first page twice and gathers all of them in memory.
 */
export function createWorkosApi({
  workos,
  clock,
  now,
  closing,
  attempts = 4,
  pauseMs = 500,
}: WorkosApiOptions): WorkosApi {
  async function once(path: string, query: Readonly<Record<string, string>>): Promise<Answer> {
    const asked = now()
    const { data } = await call(() =>
      unless(closing, workos.get<unknown>(path, { query: { ...query }, maxRetries: 0 })),
    )
    return { json: data, askedAt: clock.at(asked) }
  }

  return {
    async get(path, query = {}) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await once(path, query)
        } catch (cause) {
          const error = toUpstreamError(cause)
          const rest = error.retryAfterMs ?? pauseMs * 2 ** (attempt - 1) * (0.5 + Math.random())
          const isLast = attempt === attempts || rest > LONGEST_PAUSE_MS
          if (!error.retryable || isLast || closing.aborted) throw error
          await unless(closing, sleep(rest, undefined, { signal: closing }))
        }
      }
    },
  }
}

// The SDK takes no signal. A race with a promise that lives as long as the server would keep something of every call.
async function unless<Value>(closing: AbortSignal, promise: Promise<Value>): Promise<Value> {
  const { promise: closed, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(new UpstreamError('Rollcall is shutting down', { retryable: true }))
  closing.addEventListener('abort', onAbort)
  try {
    if (closing.aborted) onAbort()
    return await Promise.race([promise, closed])
  } finally {
    closing.removeEventListener('abort', onAbort)
  }
}
