// extensions.freshness: each answer that read the mirror says how far it is behind.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, type Answer } from '../support/client.ts'
import { asServerSentEvents, connectSocket, overWebSocket } from '../support/live.ts'
import { event, user } from '../support/events.ts'
import { send } from '../http/send.ts'
import { companyEvents, deliverInTurns } from './company.ts'
import { allStatementsOf } from './statements.ts'

const mine = companyEvents('alpha')
const theirs = companyEvents('bravo')
const [alpha, bravo] = [mine.company.directoryId, theirs.company.directoryId]

let app: TestApp
let key: string
let boundKey: string
beforeAll(async () => {
  app = await startTestApp()
  await deliverInTurns(app, mine, theirs)
  key = await app.key()
  boundKey = await app.key('org_alpha')
})
afterAll(() => app.close())

interface Freshness {
  readonly asOf: string
  readonly lagSeconds: number
  readonly catchUpSeconds: number | null
  readonly directories: readonly { readonly id: string; readonly lagSeconds: number }[]
}

const freshnessOf = (answer: Answer<unknown>) => answer.extensions?.freshness as Freshness | undefined
const fresh = async (text: string, secret = key) => {
  const answer = await ask<unknown, Record<string, never>>(app.url, secret, text)
  expect(answer.errors).toBeUndefined()
  return freshnessOf(answer)
}
const ids = (told: Freshness | undefined) => told?.directories.map(({ id }) => id)

/** Waits until what is known of the lags is of later than now. */
async function forgotten(): Promise<void> {
  const [{ now }] = (await app.db.pool.query<{ now: Date }>('select clock_timestamp() as now')).rows as [{ now: Date }]
  await expect
    .poll(async () => Date.parse((await fresh('{ directories { nodes { id } } }'))!.asOf), { timeout: 5_000 })
    .toBeGreaterThanOrEqual(now.getTime())
}

/** Has an event of a directory wait since so many seconds. */
const wait = (directoryId: string, seconds: number) =>
  app.db.pool.query(
    `insert into inbox_event (id, type, directory_id, source, status, body, occurred_at, received_at, next_attempt_at)
     values ('event_waiting_' || $1 || $2::float8, 'dsync.user.updated', $1, 'WEBHOOK', 'PENDING', '', now(),
             now() - $2::float8 * interval '1 second', now() + interval '1 hour')`,
    [directoryId, seconds],
  )
beforeEach(async () => {
  await app.db.pool.query(`delete from inbox_event where id like 'event_waiting_%'`)
  await app.db.pool.query('update catch_up set begun_at = null, completed_at = null')
})

test('an answer that read the mirror names the directories of its rows, and how far they are behind', async () => {
  await wait(alpha, 100)
  await wait(alpha, 40)
  await forgotten()
  const told = (await fresh('{ directories { nodes { id } } }'))!
  expect(told).toEqual({
    asOf: expect.any(String) as string,
    lagSeconds: told.directories[0]!.lagSeconds,
    catchUpSeconds: null,
    directories: [
      { id: alpha, lagSeconds: expect.any(Number) as number },
      { id: bravo, lagSeconds: 0 },
    ],
  })
  expect(told.lagSeconds).toBeGreaterThanOrEqual(100)
  expect(told.lagSeconds).toBeLessThan(160)
  expect(Math.abs(Date.now() - Date.parse(told.asOf))).toBeLessThan(30_000)
  expect(await fresh(`{ directory(id: "${bravo}") { id } }`)).toMatchObject({
    lagSeconds: 0,
    directories: [{ id: bravo, lagSeconds: 0 }],
  })
})

test('since when the Events API has not been read is a lag of every directory', async () => {
  await wait(alpha, 20)
  await app.db.pool.query(`update catch_up set completed_at = now() - interval '70 seconds'`)
  await forgotten()
  const { lagSeconds, catchUpSeconds, directories } = (await fresh(`{ directory(id: "${alpha}") { id } }`))!
  expect(catchUpSeconds).toBeGreaterThanOrEqual(70)
  expect(lagSeconds).toBe(catchUpSeconds)
  expect(directories[0]!.lagSeconds).toBeGreaterThanOrEqual(20)
  expect(directories[0]!.lagSeconds).toBeLessThan(70)
})

const [person] = mine.company.userIds
const [staff] = mine.company.groupIds
const reading: [what: string, query: string][] = [
  ['a list', `{ directoryUsers(filter: { directoryId: "${alpha}" }, first: 1) { nodes { name } } }`],
  ['only the number of a list', `{ directoryUsers(filter: { directoryId: "${alpha}" }) { totalCount } }`],
  ['a user', `{ directoryUser(id: "${person}") { name } }`],
  ['a group', `{ directoryGroup(id: "${staff}") { name } }`],
  ['any node', `{ node(id: "${person}") { id } }`],
  ['nodes', `{ nodes(ids: ["${staff}", "directory_user_none"]) { id } }`],
  ['what stands inside', `{ organization(id: "org_alpha") { directories { nodes { name } } } }`],
  ['changes', `{ changes(filter: { directoryId: "${alpha}" }, last: 1) { nodes { id } } }`],
  [
    'by a fragment and a name',
    `query A { viewer { id } } query B { ...P } fragment P on Query { directory(id: "${alpha}") { id } }`,
  ],
]
test.for(reading)('it is there however the mirror was read: %s', async ([, query]) => {
  const body = JSON.stringify({ query, ...(query.includes('query B') && { operationName: 'B' }) })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const reply = await send(`${app.url}/graphql`, { method: 'POST', headers }, body)
  const answer = JSON.parse(reply.body) as Answer<unknown>
  expect(answer.errors).toBeUndefined()
  expect(ids(freshnessOf(answer))).toEqual([alpha])
})

test('it is there in each form in which an answer comes', async () => {
  const text = '{ directories { nodes { id } } }'
  const search = new URLSearchParams({ query: text }).toString()
  for (const accept of ['application/json', 'application/graphql-response+json']) {
    const headers = { authorization: `Bearer ${key}`, accept }
    const { status, body } = await send(`${app.url}/graphql?${search}`, { method: 'GET', headers })
    expect([status, ids(freshnessOf(JSON.parse(body) as Answer<unknown>))]).toEqual([200, [alpha, bravo]])
  }
  for (const live of [overWebSocket, asServerSentEvents]) {
    for await (const answer of live(app.url, key, { query: text })) {
      expect(ids(freshnessOf(answer))).toEqual([alpha, bravo])
      break
    }
  }
})

const silent: [what: string, query: string][] = [
  ['of the schema', '{ __schema { queryType { name } } }'],
  ['of the viewer', '{ viewer { kind scopes } }'],
  ['of keys', '{ apiKeys { nodes { id } } }'],
  ['of an organization alone', '{ organizations { nodes { id } } }'],
  ['of prices', '{ costEstimate(directories: 3) { tier } }'],
  [
    'of nothing',
    '{ directory(id: "directory_none") { id } directoryUsers(filter: { search: "nobody" }) { totalCount } }',
  ],
  ['of events as they came in', '{ events { nodes { id } } }'],
]
test.for(silent)('an answer that holds nothing of the mirror says nothing of it: %s', async ([, query]) => {
  const answer = await ask<unknown, Record<string, never>>(app.url, key, query)
  expect(answer.errors).toBeUndefined()
  expect(answer).not.toHaveProperty('extensions')
})

test('a refused operation says nothing; one that failed in part says it beside its errors, over WebSocket too', async () => {
  const wrong = await ask<unknown, Record<string, never>>(app.url, key, '{ directoryUsers(first: 0) { totalCount } }')
  expect(wrong).toMatchObject({ data: null, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  expect(wrong).not.toHaveProperty('extensions')
  await app.db.pool.query('alter table sync_run rename to sync_run_away')
  const query = `{ directory(id: "${alpha}") { id } syncRun(id: "sync_run_x") { id } }`
  const overHttp = await ask<unknown, Record<string, never>>(app.url, key, query)
  const overSocket = (await connectSocket(app.url, key).subscribe({ query })[Symbol.asyncIterator]().next())
    .value as Answer<unknown>
  await app.db.pool.query('alter table sync_run_away rename to sync_run')
  for (const answer of [overHttp, overSocket]) {
    expect(answer).toMatchObject({ data: { directory: { id: alpha } }, errors: [{ message: 'Unexpected error.' }] })
    expect(ids(freshnessOf(answer))).toEqual([alpha])
  }
})

test('mutations and subscriptions say nothing of it', async () => {
  const made = await ask<unknown, Record<string, never>>(
    app.url,
    key,
    `mutation { resyncDirectory(input: { directoryId: "${alpha}" }) { ... on SyncRun { directory { id } } } }`,
  )
  expect(made).toMatchObject({ data: { resyncDirectory: { directory: { id: alpha } } } })
  expect(made).not.toHaveProperty('extensions')
  const live = overWebSocket(app.url, key, {
    query: `subscription { changes { directory { id } ... on DirectoryUserChange { directoryUser { groups { totalCount } } } } }`,
  })[Symbol.asyncIterator]()
  const next = live.next()
  await expect
    .poll(async () => {
      const fields = { directory_id: alpha, organization_id: 'org_alpha', job_title: String(Math.random()) }
      await app.deliver(event('dsync.user.updated', user('alpha_ada', fields)))
      return Promise.race([next.then(() => true), new Promise((resolve) => setImmediate(resolve, false))])
    })
    .toBe(true)
  const answer = (await next).value as Answer<unknown>
  expect(answer).toMatchObject({ data: { changes: { directory: { id: alpha } } } })
  expect(answer).not.toHaveProperty('extensions')
  await app.applied()
})

test('Law 8: who is bound to an organization is told of its directories alone, whatever they ask', async () => {
  await wait(bravo, 3_000)
  await forgotten()
  for (const query of [
    '{ directories { nodes { id users { nodes { id } } } } }',
    `{ nodes(ids: ["${alpha}", "${bravo}", "${theirs.company.userIds[0]}"]) { id } }`,
    '{ directoryUsers { nodes { id } } changes { nodes { id } } }',
  ]) {
    const told = (await fresh(query, boundKey))!
    expect(ids(told)).toEqual([alpha])
    expect(told.lagSeconds).toBe(0)
  }
  expect((await fresh('{ directories { nodes { id } } }'))!.lagSeconds).toBeGreaterThanOrEqual(3_000)
})

test('only directories of rows that the answer holds are named, not of one beyond the page', async () => {
  expect(ids(await fresh('{ directories(first: 1) { nodes { id } } }'))).toEqual([alpha])
  expect(ids(await fresh('{ changes(first: 1) { nodes { id } } }'))).toHaveLength(1)
})

test('Law 10: the twenty that are behind the most are named, and the lag is that of all', async () => {
  await app.db.pool.query(`
    insert into directory (id, name, type, state, domains, created_at, updated_at)
    select 'directory_many_' || lpad(n::text, 2, '0'), '', '', 'ACTIVE', '{}', now(), now() from generate_series(0, 49) as n;
    insert into inbox_event (id, type, directory_id, source, status, body, occurred_at, received_at, next_attempt_at)
    select 'event_waiting_' || n, '', 'directory_many_' || lpad(n::text, 2, '0'), 'WEBHOOK', 'PENDING', '', now(),
           now() - n * interval '1 minute', now() + interval '1 hour' from generate_series(0, 49) as n`)
  await forgotten()
  const told = (await fresh('{ directories(first: 100) { nodes { id } } }'))!
  expect(ids(told)).toEqual(Array.from({ length: 20 }, (_, n) => `directory_many_${49 - n}`))
  expect(told.lagSeconds).toBe(told.directories[0]!.lagSeconds)
  expect(told.lagSeconds).toBeGreaterThanOrEqual(49 * 60)
})

test('however many ask, one after the other or at once, the lags are read once a second', async () => {
  await forgotten()
  const began = performance.now()
  const statements = await allStatementsOf(async () => {
    const ask = () => fresh(`{ directory(id: "${alpha}") { id } }`)
    for (let n = 0; n < 15; n += 1) await ask()
    await Promise.all(Array.from({ length: 30 }, ask))
  })
  const seconds = (performance.now() - began) / 1_000
  const reads = statements.filter(({ text }) => text.includes('with recursive behind')).length
  expect(reads).toBeLessThanOrEqual(1 + seconds)
})

test('while the lags cannot be read, answers come all the same, and say nothing that is old', async () => {
  await app.db.pool.query('alter table catch_up rename to catch_up_away')
  await expect
    .poll(() => fresh(`{ directory(id: "${alpha}") { id } }`), { timeout: 20_000, interval: 250 })
    .toBeUndefined()
  await app.db.pool.query('alter table catch_up_away rename to catch_up')
  await expect.poll(async () => ids(await fresh(`{ directory(id: "${alpha}") { id } }`))).toEqual([alpha])
})
