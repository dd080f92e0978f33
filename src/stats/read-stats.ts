// The roll-ups as answers: one statement for all owners that want the same window, and never the inbox or the change log.
import type { Queryable } from '../db/database.ts'
import { columnOf, counters, type Counts } from './counters.ts'

/** Whole hours, the last one excluded. */
export interface Window {
  readonly since: Date
  readonly until: Date
}

/** Whose counts: a directory's, all directories' under the id EVERYTHING, or an organization's, which are its directories'. */
export type OwnerKind = 'directory' | 'organization'
export type Bucket = 'HOUR' | 'DAY'
/** What happened in an hour or day; none where nothing did. */
export type Point = Counts & { readonly at: Date }

const HOURS = {
  directory: { owner: 's.directory_id', from: 'stats_hour s' },
  organization: { owner: 'd.organization_id', from: 'directory d join stats_hour s on s.directory_id = d.id' },
} as const

const SUMS = counters.map((counter) => `coalesce(sum(s.${columnOf(counter)}), 0) as "${counter}"`).join(', ')

/** The sums of a window by owner. Owners of whom nothing is counted are absent. */
export async function readTotals(
  db: Queryable,
  kind: OwnerKind,
  ids: readonly string[],
  window: Window,
): Promise<Map<string, Counts>> {
  const { owner } = HOURS[kind]
  const rows = await read<Counts>(db, kind, ids, window, `${owner} as owner, ${SUMS}`, `group by 1`)
  return new Map(rows.map((row) => [row.owner, row]))
}

/** The hours or days (UTC) of a window in which something happened, in order, by owner. */
export async function readSeries(
  db: Queryable,
  kind: OwnerKind,
  ids: readonly string[],
  window: Window,
  bucket: Bucket,
): Promise<Map<string, Point[]>> {
  const { owner } = HOURS[kind]
  const columns = `${owner} as owner, date_trunc('${bucket.toLowerCase()}', s.hour, 'UTC') as at, ${SUMS}`
  const rows = await read<Point>(db, kind, ids, window, columns, 'group by 1, 2 order by 1, 2')
  return Map.groupBy(rows, (row) => row.owner)
}

/** How long events took to be applied, as a histogram (latency.ts), by owner. */
export async function readLatency(
  db: Queryable,
  kind: OwnerKind,
  ids: readonly string[],
  window: Window,
): Promise<Map<string, number[]>> {
  const { owner } = HOURS[kind]
  const rows = await read<{ bucket: number; count: number }>(
    db,
    kind,
    ids,
    window,
    `${owner} as owner, b.n as bucket, sum(b.count) as count`,
    'group by 1, 2 order by 1, 2',
    'cross join lateral unnest(s.latency) with ordinality as b (count, n)',
  )
  const histograms = Map.groupBy(rows, (row) => row.owner)
  return new Map([...histograms].map(([id, buckets]) => [id, buckets.map(({ count }) => count)]))
}

async function read<Row>(
  db: Queryable,
  kind: OwnerKind,
  ids: readonly string[],
  { since, until }: Window,
  columns: string,
  grouping: string,
  join = '',
): Promise<(Row & { owner: string })[]> {
  const { owner, from } = HOURS[kind]
  const text = `
    select ${columns} from ${from} ${join}
    where ${owner} = any($1::text[]) and s.hour >= $2 and s.hour < $3
    ${grouping}`
  const { rows } = await db.query<Row & { owner: string }>(text, [ids, since, until])
  return rows
}
