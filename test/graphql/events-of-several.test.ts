// The events of an organization's directories are one list: see decision 18.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'

const AT = Date.parse('2026-06-25T00:00:00Z')
const FOREIGN_UNTIL = new Date(AT + 20_000)

interface Stored {
  readonly id: string
  readonly directoryId: string
  readonly status: 'APPLIED' | 'STALE'
  readonly at: Date
}

// Three directories take turns, a few events at the same moment. The third was another organization's at first, and the
// fourth is.
const stored = Array.from({ length: 60 }, (_, n): Stored => ({
  id: `event_${String((n * 37) % 60).padStart(3, '0')}`,
  directoryId: `directory_${n % 4}`,
  status: n % 5 === 0 ? 'STALE' : 'APPLIED',
  at: new Date(AT + Math.floor(n / 2) * 1_000),
}))
const newestFirst = (a: Stored, b: Stored) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1)
const own = stored
  .filter(
    ({ directoryId, at }) => directoryId !== 'directory_3' && (directoryId !== 'directory_2' || at >= FOREIGN_UNTIL),
  )
  .toSorted(newestFirst)

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  const { pool } = app.db
  await pool.query(`insert into organization (id) values ('org_a'), ('org_b')`)
  await pool.query(
    `insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at, foreign_until)
     select 'directory_' || n, case n when 3 then 'org_b' else 'org_a' end, '', 'okta scim v2.0', 'ACTIVE', '{}', $1, $1,
            case n when 2 then $2::timestamptz end
     from generate_series(0, 3) as n`,
    [new Date(AT), FOREIGN_UNTIL],
  )
  await pool.query(
    `insert into inbox_event (id, type, directory_id, source, status, body, occurred_at, received_at, applied_at, counted_at)
     select e->>'id', 'dsync.user.updated', e->>'directoryId', 'WEBHOOK', (e->>'status')::"EventStatus", '{}', at, at, at, at
     from jsonb_array_elements($1::jsonb) e, lateral (select (e->>'at')::timestamptz as at) moment`,
    [JSON.stringify(stored)],
  )
  key = await app.key('org_a')
})
afterAll(() => app.close())

interface Data {
  readonly events: {
    readonly totalCount: number
    readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }
    readonly nodes: readonly { readonly id: string; readonly receivedAt: string }[]
  }
}

async function page(args: string): Promise<Data['events']> {
  const query = `{
    events(${args}) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { id receivedAt }
    }
  }`
  const { data, errors } = await ask<Data, object>(app.url, key, query)
  expect(errors).toBeUndefined()
  return data!.events
}

test.for([
  ['', own],
  ['filter: { status: [STALE] }', own.filter(({ status }) => status === 'STALE')],
  ['filter: { status: [STALE, FAILED] }', own.filter(({ status }) => status === 'STALE')],
  ['filter: { status: [STALE, APPLIED] }', own],
] as const)('with %s, pages in both directions hold each event once, newest first', async ([filter, expected]) => {
  const wanted = expected.map(({ id, at }) => ({ id, receivedAt: at.toISOString() }))
  const forwards = []
  let found = await page(`first: 7 ${filter}`)
  expect(found).toMatchObject({ totalCount: wanted.length, pageInfo: { hasPreviousPage: false } })
  forwards.push(...found.nodes)
  while (found.pageInfo.hasNextPage) {
    found = await page(`first: 7, after: "${found.pageInfo.endCursor}" ${filter}`)
    forwards.push(...found.nodes)
  }
  expect(forwards).toEqual(wanted)

  const backwards = []
  found = await page(`last: 7 ${filter}`)
  backwards.unshift(...found.nodes)
  while (found.pageInfo.hasPreviousPage) {
    found = await page(`last: 7, before: "${found.pageInfo.startCursor}" ${filter}`)
    backwards.unshift(...found.nodes)
  }
  expect(backwards).toEqual(wanted)
})
