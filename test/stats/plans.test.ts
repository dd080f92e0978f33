// What statistics cost does not grow with the inbox or the change log: only roll-ups are read, by their index.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { statementsOf, type Statement } from '../graphql/statements.ts'

const DIRECTORIES = 200
const HOURS = 24 * 120

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  // Two directories to an organization; every hour of 120 days each, as ten million events would have left them.
  await app.db.pool.query(`
    insert into organization (id) select 'org_' || n from generate_series(0, ${DIRECTORIES / 2 - 1}) as n;
    insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at)
    select 'directory_' || n, 'org_' || n / 2, '', '', 'ACTIVE', '{}', now(), now() from generate_series(0, ${DIRECTORIES - 1}) as n;
    insert into stats_hour (directory_id, hour, users_created, events_received, latency)
    select case n when -1 then '' else 'directory_' || n end, date_trunc('hour', now()) - h * interval '1 hour', 1, 20,
           array(select 1 from generate_series(1, 20))
    from generate_series(-1, ${DIRECTORIES - 1}) as n, generate_series(0, ${HOURS - 1}) as h;
    analyze`)
}, 120_000)
afterAll(() => app.close())

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
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

test.for([
  { of: 'everything', call: 'syncStats', directories: 1 },
  { of: 'an organization', call: 'syncStats(organizationId: "org_7")', directories: 2 },
  { of: 'a directory', call: 'syncStats(directoryId: "directory_7")', directories: 1 },
])(
  '30 days of $of read the roll-ups of these hours by their index, and nothing else',
  async ({ call, directories }) => {
    const text = `{ ${call} { usersCreated eventsReceived applyLatencyMs { p50 p99 } series(bucket: DAY) { at usersCreated } } }`
    const statements = await statementsOf(async () => {
      const { data, errors } = await ask<{ syncStats: object }, Record<string, never>>(app.url, key, text)
      expect(errors).toBeUndefined()
      expect(data!.syncStats).toMatchObject({ usersCreated: directories * (30 * 24 + 1) })
    })
    const reading = statements.filter(({ text }) => /stats_hour/.test(text))
    expect(reading).toHaveLength(3)
    for (const { text } of statements) expect(text).not.toMatch(/inbox_event|\bchange\b/)
    for (const statement of reading) {
      const scans = (await scansOf(statement)).filter((plan) => plan['Relation Name'] !== undefined)
      const rows = scans.filter((plan) => plan['Relation Name'] === 'stats_hour')
      expect(rows.map((plan) => plan['Node Type'])).toEqual([expect.stringMatching(/^(Index|Bitmap Heap) Scan$/)])
      expect(rows[0]!['Actual Rows'] * rows[0]!['Actual Loops']).toBeLessThanOrEqual(directories * (30 * 24 + 1))
      expect(
        scans.map((plan) => plan['Relation Name']!).filter((name) => !['stats_hour', 'directory'].includes(name)),
      ).toEqual([])
      expect(scans.map((plan) => plan['Node Type'])).not.toContain('Seq Scan')
    }
  },
)
