import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable } from '../db/database.ts'
import { readLags, type Lags } from './lag.ts'

interface LagWatchOptions {
  readonly db: Queryable
  readonly onError: (error: unknown) => void
}

const FRESH_MS = 1_000
const PATIENCE_MS = 100
const OLDEST_MS = 5_000

/**
 * Returns the lags, at once if they are less than a second old: they are read once for all callers in between, and not
 * at all while there are none. Null if they are not available soon: no response waits long for its own age.
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
    // Not again at once after a failure: more queries would not help a database in trouble.
    if (performance.now() - triedAt >= FRESH_MS) reading ??= read()
    if (reading !== null) {
      const settled = new AbortController()
      const patience = sleep(PATIENCE_MS, undefined, { signal: settled.signal }).catch(() => {}) // aborted: no longer needed
      await Promise.race([reading, patience])
      settled.abort()
    }
    return youngerThan(OLDEST_MS)
  }

  return () => youngerThan(FRESH_MS) ?? soon()
}
