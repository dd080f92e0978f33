import type { CurrentLags } from '../stats/lag-watch.ts'
import type { Lags } from '../stats/lag.ts'

export type { CurrentLags }

/** `extensions.freshness`: how old what an answer says may be. */
export interface Freshness {
  /** When this was so: a second ago at the most, unless the database is slow. */
  readonly asOf: string
  /** The longest of all that follows: what WorkOS had told before that is in the answer. */
  readonly lagSeconds: number
  /**
   * Since the Events API was last read to its end: what webhooks have lost since then is missing. Null where nobody
   * reads it.
   */
  readonly catchUpSeconds: number | null
  /** The directories whose rows the answer holds, those that are behind the most first; as SyncHealth.lagSeconds. */
  readonly directories: readonly { readonly id: string; readonly lagSeconds: number }[]
}

const MOST_DIRECTORIES = 20

/** Of the given directories and no others (law 8). */
export function freshnessOf({ at, catchUpSeconds, seconds }: Lags, directoryIds: Iterable<string>): Freshness {
  const directories = [...directoryIds].map((id) => ({ id, lagSeconds: rounded(seconds.get(id) ?? 0) }))
  directories.sort((a, b) => b.lagSeconds - a.lagSeconds || (a.id < b.id ? -1 : 1))
  const catchUp = catchUpSeconds === null ? null : rounded(catchUpSeconds)
  return {
    asOf: at.toISOString(),
    lagSeconds: Math.max(catchUp ?? 0, directories[0]?.lagSeconds ?? 0),
    catchUpSeconds: catchUp,
    directories: directories.slice(0, MOST_DIRECTORIES),
  }
}

const rounded = (seconds: number) => Math.round(seconds * 1_000) / 1_000
