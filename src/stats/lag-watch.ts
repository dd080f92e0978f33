import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable } from '../db/database.ts'
import { readLags, type Lags } from './lag.ts'

export interface LagWatchOptions {
  readonly db: Queryable
  readonly onError: (error: unknown) => void
}

const FRESH_MS = 1_000
const PATIENCE_MS = 100
const OLDEST_MS = 5_000

/**
 * The lags as they are known, at once where they are no older than a second: they are read once for everybody who asks
 * in between, and not while nobody does. Null where they cannot be had soon: no answer waits long for how old it is.
 */
export type CurrentLags = () => Lags | null | Promise<Lags | null>

export function createLagWatch({ db, onError }: LagWatchOptions): CurrentLags {
  let known: { readonly lags: Lags; readonly readAt: number } | null = null
  let triedAt = -Infinity
  let reading: Promise<void> | null = null

  async function read(): Promise<void> {
    triedAt = performance.now()
    try {
      known = { lags: await readLags(db), readAt: triedAt }
    } catch (error) {
      onError(error)
    } finally {
      reading = null
    }
  }

  const youngerThan = (milliseconds: number) =>
    known !== null && performance.now() - known.readAt < milliseconds ? known.lags : null

  async function soon(): Promise<Lags | null> {
    // Not at once again where it has just failed: a database in need is not asked the more for it.
    if (performance.now() - triedAt >= FRESH_MS) reading ??= read()
    if (reading !== null) {
      const settled = new AbortController()
      const patience = sleep(PATIENCE_MS, undefined, { signal: settled.signal }).catch(() => {}) // aborted: not needed
      await Promise.race([reading, patience])
      settled.abort()
    }
    return youngerThan(OLDEST_MS)
  }

  return () => youngerThan(FRESH_MS) ?? soon()
}
