import type { CurrentLags } from '../stats/lag-watch.ts'
import type { Lags } from '../stats/lag.ts'

export type { CurrentLags }

/** `extensions.freshness`: how old the data of a response may be. */
export interface Freshness {
  /** When this was measured: at most a second ago, unless the database is slow. */
  readonly asOf: string
  /** The maximum of the values below: what WorkOS had sent before then is in the response. */
  readonly lagSeconds: number
  /**
   * Time since the Events API was last read to its end: events that webhooks lost since then are missing. Null if
   * no instance reads it.
   */
  readonly catchUpSeconds: number | null
  /** The directories whose rows the response holds, most delayed first; `lagSeconds` as in SyncHealth. */
  readonly directories: readonly { readonly id: string; readonly lagSeconds: number }[]
}

const MAX_DIRECTORIES = 20

/** Covers only the given directories (law 8). */
export function freshnessOf({ at, catchUpSeconds, seconds }: Lags, directoryIds: Iterable<string>): Freshness {
  const directories = [...directoryIds].map((id) => ({ id, lagSeconds: rounded(seconds.get(id) ?? 0) }))
  directories.sort((a, b) => b.lagSeconds - a.lagSeconds || (a.id < b.id ? -1 : 1))
  const catchUp = catchUpSeconds === null ? null : rounded(catchUpSeconds)
  return {
    asOf: at.toISOString(),
    lagSeconds: Math.max(catchUp ?? 0, directories[0]?.lagSeconds ?? 0),
    catchUpSeconds: catchUp,
    directories: directories.slice(0, MAX_DIRECTORIES),
  }
}

const rounded = (seconds: number) => Math.round(seconds * 1_000) / 1_000
