import { deepStrictEqual } from 'node:assert'
import pg from 'pg'
import { columnOf } from '../src/db/column-of.ts'
import { counterOfChange, counters, type Counter } from '../src/stats/counters.ts'
import { createTally, EVERYTHING } from '../src/stats/tally.ts'
import type { ChangeKind } from '../src/directory/change-kinds.ts'
import type { BenchPostgres } from './postgres.ts'

export const DIRECTORIES = 1_000
/** The first has every other directory, each of the others five. */
const ORGANIZATIONS = 101
const DAYS = 90

export const directoryId = (n: number) => `directory_01KF0J${String(n).padStart(20, '0')}`
export const organizationId = (n: number) => `org_01KF0J${String(n).padStart(20, '0')}`
const id = (prefix: string, n: string) => `'${prefix}_01KF0J' || lpad((${n})::text, 20, '0')`

/** What one event of each type did, and its share in percent. */
export const MIX: readonly { readonly type: string; readonly change: ChangeKind; readonly of100: number }[] = [
  { type: 'dsync.user.created', change: 'DIRECTORY_USER_CREATED', of100: 10 },
  { type: 'dsync.user.updated', change: 'DIRECTORY_USER_UPDATED', of100: 45 },
  { type: 'dsync.user.deleted', change: 'DIRECTORY_USER_DELETED', of100: 4 },
  { type: 'dsync.group.created', change: 'DIRECTORY_GROUP_CREATED', of100: 1 },
  { type: 'dsync.group.user_added', change: 'MEMBERSHIP_ADDED', of100: 26 },
  { type: 'dsync.group.user_removed', change: 'MEMBERSHIP_REMOVED', of100: 14 },
]

export interface Month {
  readonly database: string
  /** The last 30 days of the history. */
  readonly since: Date
  readonly until: Date
}

/**
 * Creates a database with `events` events of 90 days, spread evenly over the directories: in the inbox, with all its
 * indexes, and in the roll-ups, as the transactions that applied them would have added them up.
 */
export async function createMonth(
  postgres: BenchPostgres,
  events: number,
  note: (line: string) => void,
): Promise<Month> {
  const database = await postgres.create()
  const until = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000)
  const client = new pg.Client({ connectionString: postgres.url(database) })
  await client.connect()
  try {
    // Many rows are indexed faster at once than one by one.
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes where tablename = 'inbox_event' and indexname !~ '_pkey$'`,
    )
    for (const { name } of indexes) await client.query(`drop index "${name}"`)
    await client.query(`set maintenance_work_mem = '1GB'`)
    await client.query(DIRECTORY_ROWS)
    await client.query(EVENT_ROWS, [events, until])
    note(`${events.toLocaleString('en')} events`)
    for (const { definition } of indexes) await client.query(definition)
    await client.query('vacuum (analyze) inbox_event')
    note('indexed')
    await client.query(ROLL_UPS)
    await client.query('vacuum (analyze) stats')
    await client.query('analyze directory')
    note('rolled up')
    await mustBeAsCounted(client, until)
  } finally {
    await client.end()
  }
  return { database, since: new Date(until.getTime() - 30 * 86_400_000), until }
}

const DIRECTORY_ROWS = `
  insert into organization (id) select ${id('org', 'n')} from generate_series(0, ${ORGANIZATIONS - 1}) as n;
  insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at)
  select ${id('directory', 'n')}, ${id('org', `case when n % 2 = 0 then 0 else 1 + n / 2 % ${ORGANIZATIONS - 1} end`)}, '', 'okta scim v2.0', 'ACTIVE', '{}', now(), now()
  from generate_series(0, ${DIRECTORIES - 1}) as n`

const TYPE_OF = `case ${MIX.map(({ type }, index) => {
  const below = MIX.slice(0, index + 1).reduce((sum, { of100 }) => sum + of100, 0)
  return `when dice < ${below} then '${type}'`
}).join(' ')} end`

// Of a hundred events two are stale and one has failed. The others took 5 ms to 2 s, most of them little.
const EVENT_ROWS = `
  insert into inbox_event (id, type, directory_id, source, status, body, attempts, occurred_at, received_at, applied_at, counted_at)
  select ${id('event', 'n')}, ${TYPE_OF}, ${id('directory', `n % ${DIRECTORIES}`)}, 'WEBHOOK', status::"EventStatus", '{}', 1, at, at,
         case when status <> 'FAILED' then at + took * interval '1 millisecond' end, at + took * interval '1 millisecond'
  from (select n, dice, $2::timestamptz - interval '${DAYS} days' + n * (interval '${DAYS} days' / $1::int) as at,
               case when chance < 2 then 'STALE' when chance < 3 then 'FAILED' else 'APPLIED' end as status,
               5 + 1994 * power(luck / 1000.0, 4) as took
        from (select n, (n::bigint * 7919 / 13) % 100 as dice, (n::bigint * 104729 / 7) % 100 as chance,
                     (n::bigint * 15485863 / 3) % 1000 as luck
              from generate_series(0, $1::int - 1) as n) numbers) events`

const applied = (type: string) => `count(*) filter (where type = '${type}' and status = 'APPLIED')`
const COUNT: Partial<Record<Counter, string>> = {
  ...Object.fromEntries(MIX.map(({ type, change }) => [counterOfChange[change]!, applied(type)])),
  eventsReceived: 'count(*)',
  eventsFailed: `count(*) filter (where status = 'FAILED')`,
  eventsStale: `count(*) filter (where status = 'STALE')`,
}
/** Each counter, as it can be counted in the inbox. */
export const COUNTS = counters.map((counter) => [counter, COUNT[counter] ?? '0'] as const)

// The buckets of src/stats/latency.ts, as far as needed here.
const BUCKETS = Array.from({ length: 36 }, (_, n) => `count(*) filter (where bucket = ${n})`).join(', ')
const ROLL_UPS = `
  insert into stats (owner, span, at, ${counters.map(columnOf).join(', ')}, latency)
  select coalesce(directory_id, organization_id, '${EVERYTHING}'), (case when hour is null then 'DAY' else 'HOUR' end)::"StatsSpan",
         coalesce(hour, day), ${COUNTS.map(([, count]) => count).join(', ')},
         coalesce((array[${BUCKETS}]::int[])[1:max(bucket) + 1], '{}')
  from (select directory_id, organization_id, date_trunc('hour', received_at, 'UTC') as hour,
               date_trunc('day', received_at, 'UTC') as day, type, status,
               case when status <> 'APPLIED' then null when ms < 1 then 0 else 1 + floor(ln(ms) / ln(1.25::float8))::int end as bucket
        from (select *, extract(epoch from applied_at - received_at)::float8 * 1000 as ms from inbox_event) timed
        join (select id, organization_id from directory) d on d.id = directory_id) events
  group by grouping sets ((directory_id, hour), (organization_id, hour), (hour), (directory_id, day), (organization_id, day), (day))`

/** Throws unless a day of a directory is what applying its events would have counted. */
async function mustBeAsCounted(client: pg.Client, until: Date): Promise<void> {
  const day = [directoryId(7), new Date(until.getTime() - 86_400_000)]
  const tally = createTally()
  const { rows: events } = await client.query<{ type: string; status: string; at: Date; ms: number }>(
    `select type, status, received_at as at, extract(epoch from applied_at - received_at)::float8 * 1000 as ms
     from inbox_event where directory_id = $1 and received_at >= $2`,
    day,
  )
  for (const { type, status, at, ms } of events) {
    const kind = MIX.find((one) => one.type === type)!.change
    tally.count(directoryId(7), at, 'eventsReceived')
    if (status === 'FAILED') tally.count(directoryId(7), at, 'eventsFailed')
    if (status === 'STALE') tally.count(directoryId(7), at, 'eventsStale')
    if (status !== 'APPLIED') continue
    tally.took(directoryId(7), at, ms)
    tally.changes({ recordedAt: at, drafts: [{ kind, directoryId: directoryId(7) }] })
  }
  const counted = tally.rows().filter(({ owner }) => owner !== EVERYTHING)
  const { rows: stored } = await client.query(
    `select owner, at, latency,
            json_build_object(${counters.map((counter) => `'${counter}', ${columnOf(counter)}`).join(', ')}) as counts
     from stats where owner = $1 and span = 'HOUR' and at >= $2 order by at`,
    day,
  )
  deepStrictEqual(
    stored,
    counted.toSorted((a, b) => a.at.getTime() - b.at.getTime()),
  )
}
