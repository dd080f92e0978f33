import pg from 'pg'
import { counters, type Counter } from '../../src/stats/counters.ts'
import { mustAnswerTheSame } from '../answered.ts'
import type { Bar, Bench } from '../bench.ts'
import { openConnection, wire } from '../connection.ts'
import { mustBeGood } from '../load.ts'
import { alternate, median, toRow } from '../measure.ts'
import { COUNTS, createMonth, DIRECTORIES, directoryId, organizationId, type Month } from '../month.ts'
import { issueKey, startRollcall } from '../rollcall.ts'

const EVENTS = 10_000_000

interface Answer {
  readonly counts: Record<Counter, number>
  readonly percentiles: readonly number[]
  /** Events of each day that had any. */
  readonly days: readonly (readonly [string, number])[]
}

type Ask = (n: number) => Promise<Answer>

/** How long the statistics of 30 days take, over ten million events of 90 days, against counting them in the inbox. */
export const statsMonth: Bar = {
  name: 'stats-month',
  async run(bench) {
    const events = bench.quick ? EVENTS / 10 : EVENTS
    const month = await createMonth(bench.postgres, events, bench.note)
    const key = await issueKey(bench, month.database, null)
    await using server = await startRollcall(bench, month.database)
    const pool = new pg.Pool({ connectionString: bench.postgres.url(month.database), max: 2 })
    try {
      const rows = []
      for (const { of, goal, ask, condition } of KINDS) {
        const ours: Ask = (n) => askRollcall(server.port, key, ask(n), month)
        const theirs: Ask = (n) =>
          countInbox(pool, condition, of === 'directory' ? directoryId(n) : organizationId(0), month)
        mustAgree(bench, await ours(7), await theirs(7))
        const pairs = await alternate(
          bench.quick ? 3 : 7,
          timed(bench, of, 9, ours),
          timed(bench, `${of}, the rival`, 1, theirs),
        )
        rows.push(
          toRow(
            { name: `stats-month-${of}`, rival: 'count(*) in the inbox', goal, better: 'smaller', unit: 'ms' },
            pairs,
          ),
        )
      }
      return rows
    } finally {
      await pool.end()
    }
  },
}

const KINDS = [
  {
    of: 'directory',
    goal: 1,
    ask: (n: number) => `(directoryId: "${directoryId(n)}", since: $since, until: $until)`,
    condition: 'directory_id = $3',
  },
  {
    of: 'organization',
    goal: 0.05,
    ask: () => `(organizationId: "${organizationId(0)}", since: $since, until: $until)`,
    condition: 'directory_id in (select id from directory where organization_id = $3)',
  },
  { of: 'all', goal: 0.05, ask: () => '(since: $since, until: $until)', condition: '$3::text is not null' },
] as const

let turn = 0

/** One round: the median over the answers, in milliseconds. Directories take turns. */
function timed({ note }: Bench, who: string, times: number, ask: Ask): () => Promise<number> {
  return async () => {
    const took: number[] = []
    for (let time = 0; time < times; time += 1) {
      const began = performance.now()
      await ask((turn += 1) % DIRECTORIES)
      took.push(performance.now() - began)
    }
    note(`${who}: ${median(took).toFixed(2)} ms`)
    return median(took)
  }
}

async function askRollcall(port: number, key: string, call: string, { since, until }: Month): Promise<Answer> {
  const query = `query ($since: DateTime!, $until: DateTime!) { syncStats${call} {
    ${counters.join(' ')} applyLatencyMs { p50 p95 p99 } series(bucket: DAY) { at eventsReceived } } }`
  const headers = { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${key}` }
  // The rival takes longer than a server keeps an idle connection.
  const connection = await openConnection(port)
  const reply = await connection.send(
    wire('POST', '/graphql', headers, JSON.stringify({ query, variables: { since, until } })),
  )
  connection.close()
  mustBeGood(reply)
  const text = reply.bytes.toString('utf8')
  const { syncStats } = (JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as { data: { syncStats: Told } }).data
  const { applyLatencyMs, series, ...counts } = syncStats
  return {
    counts,
    percentiles: [applyLatencyMs.p50, applyLatencyMs.p95, applyLatencyMs.p99],
    days: series.filter((day) => day.eventsReceived > 0).map((day) => [day.at, day.eventsReceived]),
  }
}

type Told = Record<Counter, number> & {
  readonly applyLatencyMs: { readonly p50: number; readonly p95: number; readonly p99: number }
  readonly series: readonly { readonly at: string; readonly eventsReceived: number }[]
}

/**
 * The same numbers from the inbox itself, as one would query them without roll-ups. Both statements are prepared and
 * run concurrently.
 */
async function countInbox(pool: pg.Pool, condition: string, owner: string, { since, until }: Month): Promise<Answer> {
  const where = `from inbox_event where received_at >= $1 and received_at < $2 and ${condition}`
  const values = [since, until, owner]
  const ask = <Row extends object>(what: string, text: string) =>
    pool.query<Row>({ name: `${what} ${condition}`.slice(0, 60), text, values })
  const [totals, days] = await Promise.all([
    ask<Record<Counter, string> & { percentiles: number[] }>(
      'totals',
      `
      select ${COUNTS.map(([counter, count]) => `${count} as "${counter}"`).join(', ')},
             percentile_cont(array[0.5, 0.95, 0.99]) within group (order by extract(epoch from applied_at - received_at)::float8 * 1000)
               filter (where status = 'APPLIED') as percentiles ${where}`,
    ),
    ask<{ day: Date; count: string }>(
      'days',
      `
      select date_trunc('day', received_at, 'UTC') as day, count(*) as count ${where} group by 1 order by 1`,
    ),
  ])
  const { percentiles, ...counts } = totals.rows[0]!
  return {
    counts: Object.fromEntries(
      Object.entries(counts).map(([counter, count]) => [counter, Number(count)]),
    ) as Answer['counts'],
    percentiles,
    days: days.rows.map(({ day, count }) => [day.toISOString(), Number(count)]),
  }
}

/** Throws unless the numbers are the same, except for percentiles, which the roll-ups know to within a quarter. */
function mustAgree({ note }: Bench, ours: Answer, theirs: Answer): void {
  const exact = (answer: Answer) => [{ ...answer, percentiles: [] }]
  mustAnswerTheSame(note, { who: 'ours', answers: exact(ours) }, { who: 'the rival', answers: exact(theirs) })
  for (const [index, told] of ours.percentiles.entries()) {
    const ratio = told / theirs.percentiles[index]!
    if (!(ratio > 0.799 && ratio < 1.251))
      throw new Error(`${told} ms is not within a quarter of ${theirs.percentiles[index]} ms`)
  }
  if (ours.counts.eventsReceived === 0 || ours.days.length < 30) throw new Error('There was nothing to count')
}
