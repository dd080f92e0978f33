import { columnOf } from '../db/column-of.ts'
import type { Queryable } from '../db/database.ts'
import { counters, noCounts } from './counters.ts'
import { ownersOf, type Owners } from './owners-of.ts'
import type { Counted, Tally } from './tally.ts'

/**
 * Adds counts to the roll-ups of their hours and days, and to those of the organizations that the directories now
 * belong to; does nothing if there are none. Call it once and last in a transaction: all writers wait for the
 * EVERYTHING rows until that transaction ends. `known` are the owners of all directories of the tally, if the caller
 * has read them.
 */
export async function recordTally(db: Queryable, tally: Tally, known?: Owners): Promise<void> {
  const counted = tally.rows()
  if (counted.length === 0) return
  const owners = known ?? (await ownersOf(db, [...new Set(counted.map(({ owner }) => owner))]))
  const own = counted.filter(({ owner, at }) => owners.has(owner) && at >= (owners.get(owner)!.since ?? NEVER))
  const hours = [...counted, ...addUp(own, ({ owner, at }) => ({ owner: owners.get(owner)!.organizationId, at }))]
  const days = addUp(hours, ({ owner, at }) => ({ owner, at: dayOf(at) }))
  const rows = [...hours.map((row) => toColumns('HOUR', row)), ...days.map((row) => toColumns('DAY', row))]
  await db.query({ name: 'record-tally', text: RECORD, values: [JSON.stringify(rows)] })
}

const NEVER = new Date(0)

type Place = Pick<Counted, 'owner' | 'at'>

/** Merges rows with the same owner and time into one. */
function addUp(rows: readonly Counted[], placeOf: (row: Counted) => Place): Counted[] {
  const sums = new Map<string, Counted>()
  for (const row of rows) {
    const { owner, at } = placeOf(row)
    const key = `${at.getTime()} ${owner}`
    const sum = sums.get(key) ?? { owner, at, counts: noCounts(), latency: [] }
    sums.set(key, sum)
    for (const counter of counters) sum.counts[counter] += row.counts[counter]
    for (const [bucket, count] of row.latency.entries()) sum.latency[bucket] = (sum.latency[bucket] ?? 0) + count
  }
  return [...sums.values()]
}

function dayOf(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()))
}

function toColumns(span: 'HOUR' | 'DAY', { owner, at, counts, latency }: Counted): object {
  const row: Record<string, unknown> = { owner, span, at, latency }
  for (const [n, counter] of counters.entries()) row[COLUMNS[n]!] = counts[counter]
  return row
}

const COLUMNS = counters.map(columnOf)
const ALL = ['owner', 'span', 'at', ...COLUMNS, 'latency'].join(', ')

// In key order, so that two transactions that share rows wait for each other rather than deadlock.
const RECORD = `
  insert into stats as s (${ALL})
  select ${ALL} from json_populate_recordset(null::stats, $1) order by owner, span, at
  on conflict (owner, span, at) do update set
    ${COLUMNS.map((column) => `${column} = s.${column} + excluded.${column}`).join(', ')},
    latency = case when excluded.latency = '{}' then s.latency else array(
      select coalesce(a, 0) + coalesce(b, 0) from unnest(s.latency, excluded.latency) with ordinality as t (a, b, n) order by n
    ) end`
