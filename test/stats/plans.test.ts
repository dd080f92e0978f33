// What statistics cost does not grow with the inbox, the change log or the number of directories: a roll-up is read for
// each day, and for the hours at both ends, by the index, and nothing else.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { allStatementsOf, type Statement } from '../graphql/statements.ts'

const DIRECTORIES = 100
const HOURS = 24 * 95

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  // An organization of a hundred directories; every hour of 95 days of each, as four million events would have left
  // them.
  await app.db.pool.query(`
    insert into organization (id) values ('org_large');
    insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at)
    select 'directory_' || n, 'org_large', '', '', 'ACTIVE', '{}', now(), now() from generate_series(0, ${DIRECTORIES - 1}) as n;
    insert into stats (owner, span, at, users_created, events_received, latency)
    select owner, 'HOUR', date_trunc('hour', now()) - h * interval '1 hour', count, 20 * count,
           array(select count from generate_series(1, 20))
    from (select 'directory_' || n, 1 from generate_series(0, ${DIRECTORIES - 1}) as n
          union all values ('org_large', ${DIRECTORIES}), ('', ${DIRECTORIES})) as o (owner, count),
         generate_series(0, ${HOURS - 1}) as h;
    insert into stats (owner, span, at, users_created, events_received, latency)
    select owner, 'DAY', date_trunc('day', at, 'UTC'), sum(users_created), sum(events_received),
           array(select sum(users_created) from generate_series(1, 20))
    from stats group by owner, date_trunc('day', at, 'UTC');
    analyze`)
}, 120_000)
afterAll(() => app.close())

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}

async function scansOf({ text, values }: Statement): Promise<Plan[]> {
  const { rows } = await app.db.pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (analyze, format json) ${text}`,
    [...values],
  )
  const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)]
  return flat(rows[0]!['QUERY PLAN'][0].Plan)
}

// What the worker looks for while this runs, and how far the mirror is behind, at most once a second, whatever anybody
// asks.
const OTHERS = /^(due-directories|read-lags)$/
const byItself = ({ name, text }: Statement & { name?: string }) =>
  OTHERS.test(name ?? '') || /cascad|newest\.position/.test(text)

const LONGEST = 30 * 24 + 1
// Days, and hours of the two that are not whole.
const MAX_ROWS = 30 + 2 * 23
test.for([
  { of: 'everything', call: 'syncStats', directories: DIRECTORIES },
  { of: 'an organization', call: 'syncStats(organizationId: "org_large")', directories: DIRECTORIES },
  { of: 'a directory', call: 'syncStats(directoryId: "directory_7")', directories: 1 },
])(
  '30 days of $of read their days and the hours at both ends by the index, and nothing else',
  async ({ call, directories }) => {
    const text = `{ ${call} { usersCreated eventsReceived applyLatencyMs { p50 p99 } series(bucket: DAY) { at usersCreated } } }`
    const statements = await allStatementsOf(async () => {
      const { data, errors } = await ask<{ syncStats: object }, Record<string, never>>(app.url, key, text)
      expect(errors).toBeUndefined()
      expect(data!.syncStats).toMatchObject({ usersCreated: directories * LONGEST })
    })
    const own = statements.filter((statement) => !byItself(statement))
    const reading = own.filter(({ text }) => /from stats\b/.test(text))
    expect(reading).toHaveLength(3)
    for (const { text } of own) expect(text).not.toMatch(/inbox_event|\bchange\b/)
    for (const statement of reading) {
      const scans = (await scansOf(statement)).filter((plan) => plan['Relation Name'] !== undefined)
      expect(new Set(scans.map((plan) => plan['Relation Name']))).toEqual(new Set(['stats']))
      for (const scan of scans) expect(scan['Node Type']).toMatch(/^(Index|Bitmap Heap) Scan$/)
      for (const scan of scans) expect(scan['Rows Removed by Filter'] ?? 0).toBe(0)
      const rows = scans.reduce((sum, scan) => sum + scan['Actual Rows'] * scan['Actual Loops'], 0)
      expect(rows).toBeGreaterThanOrEqual(30)
      expect(rows).toBeLessThanOrEqual(MAX_ROWS)
    }
  },
)
