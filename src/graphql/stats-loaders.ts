import DataLoader from 'dataloader'
import type { Queryable } from '../db/database.ts'
import { noCounts, type Counts } from '../stats/counters.ts'
import {
  readLatency,
  readSeries,
  readTotals,
  type Bucket,
  type OwnerKind,
  type Point,
  type Window,
} from '../stats/read-stats.ts'

/** Whose statistics, and over which hours. Who makes one has seen to it that the viewer may see it. */
export interface StatsOf {
  readonly kind: OwnerKind
  readonly id: string
  readonly window: Window
}

/** Statistics; all owners that want the same of the same window share a statement. */
export interface StatsLoaders {
  totals(of: StatsOf): Promise<Counts>
  /** How long events took to be applied, as a histogram. */
  latency(of: StatsOf): Promise<readonly number[]>
  /** Hours or days in which something happened, in order. */
  series(of: StatsOf, bucket: Bucket): Promise<readonly Point[]>
}

export function createStatsLoaders(db: Queryable): StatsLoaders {
  const loaders = new Map<string, DataLoader<string, unknown>>()

  function load<Value>(
    { kind, id, window }: StatsOf,
    what: string,
    read: (ids: readonly string[]) => Promise<Map<string, Value>>,
    none: () => Value,
  ): Promise<Value> {
    const key = [what, kind, window.since.getTime(), window.until.getTime()].join(' ')
    let loader = loaders.get(key)
    if (loader === undefined) {
      loader = new DataLoader<string, unknown>(async (ids) => {
        const found = await read(ids)
        return ids.map((one) => found.get(one) ?? none())
      })
      loaders.set(key, loader)
    }
    return loader.load(id) as Promise<Value>
  }

  return {
    totals: (of) => load(of, 'totals', (ids) => readTotals(db, of.kind, ids, of.window), noCounts),
    latency: (of) =>
      load<number[]>(
        of,
        'latency',
        (ids) => readLatency(db, of.kind, ids, of.window),
        () => [],
      ),
    series: (of, bucket) =>
      load<Point[]>(
        of,
        bucket,
        (ids) => readSeries(db, of.kind, ids, of.window, bucket),
        () => [],
      ),
  }
}
