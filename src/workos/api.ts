import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkOS } from '@workos-inc/node'
import { UpstreamError } from '../operations/upstream-error.ts'
import { call } from './call.ts'
import type { ServerClock } from './server-clock.ts'
import { toUpstreamError } from './upstream-error.ts'

interface Answer {
  readonly json: unknown
  /** When it was requested, by WorkOS's clock. */
  readonly askedAt: Date
}

/** Reads from WorkOS's API, as unchecked JSON. */
export interface WorkosApi {
  /**
   * Throws UpstreamError: at once if retrying is useless or WorkOS asks to wait for more than a minute, otherwise after
   * some attempts. A caller that retries then waits for its `retryAfterMs`.
   */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Answer>
}

interface WorkosApiOptions {
  readonly workos: WorkOS
  readonly clock: ServerClock
  readonly now: () => Date
  /** Aborted when the server shuts down: calls under way then fail at once. */
  readonly closing: AbortSignal
  readonly attempts?: number
  /** About how long to wait after the first attempt if WorkOS does not say; twice as long after each further one. */
  readonly pauseMs?: number
}

const LONGEST_PAUSE_MS = 60_000

/**
 * Does not use the SDK's own retries and pagination: its pauses cannot be cut short by a shutdown, and its
 * autopagination fetches the first page twice and collects all pages in memory.
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

// The SDK takes no signal. A race with a promise that lives as long as the server would retain something of every call.
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
