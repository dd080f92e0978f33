// Reads the roll-ups: one statement for all owners that want the same window, and never the inbox or the change log. An
// owner is a directory, an organization, or EVERYTHING: each has a row for each hour, and for each day, in which
// something happened.
import { columnOf } from '../db/column-of.ts'
import type { Queryable } from '../db/database.ts'
import { counters, type Counts } from './counters.ts'

/** Whole hours, `until` exclusive. */
export interface Window {
  readonly since: Date
  readonly until: Date
}

export type Bucket = 'HOUR' | 'DAY'
/** What happened in an hour or day; there is none if nothing did. */
export type Point = Counts & { readonly at: Date }

const SUMS = counters.map((counter) => `coalesce(sum(s.${columnOf(counter)}), 0) as "${counter}"`).join(', ')

/** Returns the sums of a window by owner. Owners without counts are absent. */
export async function readTotals(
  db: Queryable,
  owners: readonly string[],
  window: Window,
): Promise<Map<string, Counts>> {
  const statement = { name: 'stats-totals', columns: `s.owner, ${SUMS}`, grouping: 'group by 1' }
  const rows = await read<Counts>(db, owners, daysAndHours(window), statement)
  return new Map(rows.map((row) => [row.owner, row]))
}

/** Returns the hours or days (UTC) of a window in which something happened, in order, by owner. */
export async function readSeries(
  db: Queryable,
  owners: readonly string[],
  window: Window,
  bucket: Bucket,
): Promise<Map<string, Point[]>> {
  const [at, parts] =
    bucket === 'HOUR'
      ? ['s.at', { days: NONE, before: window, after: NONE }]
      : [`date_trunc('day', s.at, 'UTC')`, daysAndHours(window)]
  const rows = await read<Point>(db, owners, parts, {
    name: `stats-series-${bucket}`,
    columns: `s.owner, ${at} as at, ${SUMS}`,
    grouping: 'group by 1, 2 order by 1, 2',
  })
  return Map.groupBy(rows, (row) => row.owner)
}

/** Returns how long events took to be applied, as a histogram (latency.ts), by owner. */
export async function readLatency(
  db: Queryable,
  owners: readonly string[],
  window: Window,
): Promise<Map<string, number[]>> {
  const rows = await read<{ count: number }>(db, owners, daysAndHours(window), {
    name: 'stats-latency',
    columns: 's.owner, b.n as bucket, sum(b.count) as count',
    join: 'cross join lateral unnest(s.latency) with ordinality as b (count, n)',
    grouping: 'group by 1, 2 order by 1, 2',
  })
  const histograms = Map.groupBy(rows, (row) => row.owner)
  return new Map([...histograms].map(([id, buckets]) => [id, buckets.map(({ count }) => count)]))
}

/** A window as whole days, and the hours before and after them. */
interface Parts {
  readonly days: Window
  readonly before: Window
  readonly after: Window
}

const DAY_MS = 86_400_000
const NONE: Window = { since: new Date(0), until: new Date(0) }

function daysAndHours({ since, until }: Window): Parts {
  const first = new Date(Math.ceil(since.getTime() / DAY_MS) * DAY_MS)
  const end = new Date(Math.floor(until.getTime() / DAY_MS) * DAY_MS)
  if (first >= end) return { days: NONE, before: { since, until }, after: NONE }
  return { days: { since: first, until: end }, before: { since, until: first }, after: { since: end, until } }
}

/** What to make of the rows, which are aliased as `s`. */
interface Statement {
  readonly name: string
  readonly columns: string
  readonly join?: string
  readonly grouping: string
}

async function read<Row>(
  db: Queryable,
  owners: readonly string[],
  { days, before, after }: Parts,
  { name, columns, join = '', grouping }: Statement,
): Promise<(Row & { owner: string })[]> {
  const values: unknown[] = [owners]
  const rowsOf = (span: Bucket, { since, until }: Window) => {
    const [from, to] = [values.push(since), values.push(until)]
    return `select * from stats where owner = any($1::text[]) and span = '${span}' and at >= $${from} and at < $${to}`
  }
  const parts = [rowsOf('DAY', days), rowsOf('HOUR', before), rowsOf('HOUR', after)]
  const text = `select ${columns} from (${parts.join(' union all ')}) s ${join} ${grouping}`
  return (await db.query<Row & { owner: string }>({ name, text, values })).rows
}
