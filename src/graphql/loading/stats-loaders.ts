import type DataLoader from 'dataloader'
import type { Queryable } from '../../db/database.ts'
import { noCounts, type Counts } from '../../stats/counters.ts'
import { readLatency, readSeries, readTotals, type Bucket, type Point, type Window } from '../../stats/read-stats.ts'
import { loadedOr, shared } from './batch.ts'

/** An owner of statistics, and a window. Whoever creates one has checked that the viewer may see it. */
export interface StatsOf {
  /** A directory's id, an organization's, or EVERYTHING. */
  readonly owner: string
  readonly window: Window
}

/** Batched statistics: owners with the same query over the same window share a statement. */
export interface StatsLoaders {
  totals(of: StatsOf): Promise<Counts>
  /** The time from receipt to application of events, as a histogram. */
  latency(of: StatsOf): Promise<readonly number[]>
  /** The hours or days in which something happened, in order. */
  series(of: StatsOf, bucket: Bucket): Promise<readonly Point[]>
}

export function createStatsLoaders(db: Queryable): StatsLoaders {
  const loaders = new Map<string, DataLoader<string, unknown>>()

  function load<Value>(
    { owner, window }: StatsOf,
    what: string,
    read: (owners: readonly string[]) => Promise<Map<string, Value>>,
    none: () => Value,
  ): Promise<Value> {
    const key = [what, window.since.getTime(), window.until.getTime()].join(' ')
    return shared(loaders, key, () => loadedOr<unknown>(none, read)).load(owner) as Promise<Value>
  }

  return {
    totals: (of) => load(of, 'totals', (owners) => readTotals(db, owners, of.window), noCounts),
    latency: (of) =>
      load<number[]>(
        of,
        'latency',
        (owners) => readLatency(db, owners, of.window),
        () => [],
      ),
    series: (of, bucket) =>
      load<Point[]>(
        of,
        bucket,
        (owners) => readSeries(db, owners, of.window, bucket),
        () => [],
      ),
  }
}
