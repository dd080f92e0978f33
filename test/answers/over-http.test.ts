import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { send, type Reply } from '../http/send.ts'
import { withoutDatabase } from '../http/outage.ts'
import { scrape } from '../metrics/scrape.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { lookupsOf, type Lookups } from './lookups.ts'

let app: TestApp
let every: string
let acme: string
let globex: string
beforeAll(async () => {
  app = await startTestApp({ env: { CORS_ORIGINS: 'https://a.example, https://b.example' } })
  for (const [name, own] of [
    ['acme', {}],
    ['globex', { organization_id: 'org_globex', directory_id: 'directory_globex' }],
  ] as const) {
    const id = name === 'acme' ? 'directory_test' : 'directory_globex'
    const [ada, ops] = [user(`${name}_ada`, { ...own, raw_attributes: { secret: name } }), group(`${name}_ops`, own)]
    await app.deliver(event('dsync.activated', directory({ ...own, id, name })))
    await app.deliver(event('dsync.user.created', ada))
    await app.deliver(event('dsync.group.created', ops))
    await app.deliver(event('dsync.group.user_added', member(ops, ada, id)))
  }
  await app.applied()
  every = await app.key()
  acme = await app.key('org_test')
  globex = await app.key('org_globex')
})
afterAll(() => app.close())

const PEOPLE = '{ directoryUsers { nodes { id name groups { nodes { name } } } } }'
let tests = 0
beforeEach(() => void (tests += 1))
/** The same question in words that no other test has asked it in. */
const own = (text: string) => `query T${tests} ${text}`

/** How often the memory was asked while this was done. */
async function counted(work: () => Promise<unknown>): Promise<Lookups> {
  const before = await lookupsOf(app, every)
  await work()
  const after = await lookupsOf(app, every)
  return { hit: after.hit - before.hit, miss: after.miss - before.miss, unchecked: after.unchecked - before.unchecked }
}

/**
 * Asks until the answer is in memory: the first is not, nor one that was asked for before anybody looked whether
 * something has come.
 */
async function warm(question: string, key = acme): Promise<void> {
  await ask(app.url, key, question)
  await ask(app.url, key, question)
  await ask(app.url, key, question)
}

function post(question: string, headers: Record<string, string> = {}, key = acme): Promise<Reply> {
  const all = { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept: 'application/json' }
  return send(`${app.url}/graphql`, { method: 'POST', headers: { ...all, ...headers } }, JSON.stringify({ query: question })) // oxfmt-ignore
}

test('who asks again gets the same bytes, and is told anew how fresh they are', async () => {
  const question = own(PEOPLE)
  const worked = await post(question)
  await warm(question)
  let again: Reply
  const lookups = await counted(async () => {
    again = await post(question)
  })
  expect(lookups).toEqual({ hit: 1, miss: 0, unchecked: 0 })
  const data = ({ body }: Reply) => body.slice(0, body.indexOf('"extensions"'))
  expect(data(again!)).toBe(data(worked))
  const { date: _date, ...headers } = worked.headers
  expect(again!.headers).toMatchObject({ ...headers, 'content-length': `${Buffer.byteLength(again!.body)}` })
  const freshness = ({ body }: Reply) =>
    (JSON.parse(body) as { extensions: { freshness: Record<string, unknown> } }).extensions.freshness
  expect(freshness(again!)).toMatchObject({ directories: [{ id: 'directory_test', lagSeconds: 0 }] })
  await expect.poll(async () => freshness(await post(question)).asOf).not.toBe(freshness(again!).asOf)
})

test('Law 8: the same words get each organization its own answer, and who sees all another one', async () => {
  const question = own(PEOPLE)
  for (const key of [acme, globex, every]) await warm(question, key)
  const lookups = await counted(async () => {
    for (const [key, ids] of [
      [acme, ['directory_user_acme_ada']],
      [globex, ['directory_user_globex_ada']],
      [every, ['directory_user_acme_ada', 'directory_user_globex_ada']],
    ] as const) {
      const { data } = await ask<{ directoryUsers: { nodes: { id: string }[] } }, Record<string, never>>(
        app.url,
        key,
        question,
      )
      expect(data!.directoryUsers.nodes.map(({ id }) => id)).toEqual(ids)
    }
  })
  expect(lookups).toEqual({ hit: 3, miss: 0, unchecked: 0 })
})

test('Law 8: who has fewer scopes is not given what was worked out for somebody with more', async () => {
  const question = own('{ directoryUsers { nodes { rawAttributes } } }')
  await warm(question)
  const answers = [question, own(PEOPLE)].map(async (text) => [
    await ask(app.url, await app.key('org_test', ['directory:read']), text),
    await ask(app.url, await app.key('org_test', ['events:read']), text),
  ])
  const [raw, plain] = await Promise.all(answers)
  expect(JSON.stringify(raw)).not.toContain('secret')
  for (const answer of raw!) expect(answer.errors).not.toBeUndefined()
  expect([plain![0]!.errors, plain![1]!.errors?.[0]?.extensions?.code]).toEqual([undefined, 'FORBIDDEN'])
})

test('two keys of the same sight share answers, and one that is revoked gets none of them', async () => {
  const question = own(PEOPLE)
  await warm(question)
  const other = await app.key('org_test')
  expect(await counted(() => ask(app.url, other, question))).toEqual({ hit: 1, miss: 0, unchecked: 0 })
  const { rows } = await app.db.pool.query<{ id: string }>('select id from api_key order by created_at desc limit 1')
  await ask(app.url, every, `mutation { revokeApiKey(input: { id: "${rows[0]!.id}" }) { __typename } }`)
  await expect.poll(async () => (await post(question, {}, other)).status, { timeout: 1_000 }).toBe(401)
  expect((await post(question, {}, 'rck_nobody')).status).toBe(401)
  expect((await send(`${app.url}/graphql?query=${encodeURIComponent(question)}`, {})).status).toBe(401)
})

test('what is asked once is not kept', async () => {
  // What came to the log before, such as the end of a key, has been looked at when this has.
  await warm(own('{ directories { nodes { id } } }'))
  const question = own(PEOPLE)
  const ways = [{ accept: 'application/json' }, { accept: '*/*' }, { origin: 'https://a.example' }]
  const firsts = await counted(() => Promise.all(ways.map((headers) => post(question, headers))))
  expect(firsts).toEqual({ hit: 0, miss: 0, unchecked: 0 })
  expect(await counted(() => post(question, ways[0]))).toEqual({ hit: 0, miss: 1, unchecked: 0 })
  expect(await counted(() => post(question, ways[0]))).toEqual({ hit: 1, miss: 0, unchecked: 0 })
})

test('what is asked by GET, in another form, from another page or with other variables is another question', async () => {
  const question = own(PEOPLE)
  await warm(question)
  const path = `${app.url}/graphql?query=${encodeURIComponent(question)}`
  const get = () => send(path, { headers: { authorization: `Bearer ${acme}` } })
  await get()
  await get()
  expect(await counted(get)).toEqual({ hit: 1, miss: 0, unchecked: 0 })
  const accept = 'application/graphql-response+json'
  expect((await post(question, { accept })).headers['content-type']).toMatch(accept)
  expect((await post(question, { accept })).headers['content-type']).toMatch(accept)
  for (const origin of ['https://a.example', 'https://b.example', 'https://a.example']) {
    const allowed = (await post(question, { origin })).headers['access-control-allow-origin']
    expect(allowed).toBe(origin)
  }
  const named = own('($id: ID!) { directory(id: $id) { id } }')
  const asked = (id: string) => ask<{ directory: { id: string } | null }, { id: string }>(app.url, every, named, { id })
  for (const id of ['directory_test', 'directory_globex', 'directory_test', 'directory_globex'])
    expect((await asked(id)).data!.directory!.id).toBe(id)
})

describe('is asked of the database each time', () => {
  const questions = {
    'what has a field of which not every change is told': '{ directories { nodes { lastEventAt } } }',
    'what depends on who asks': '{ viewer { id } }',
    'a question about the past':
      '{ directory(id: "directory_test") { users(asOf: "2026-01-01T00:00:00Z") { nodes { id } } } }',
    'what ends in an error': '{ directoryUsers(first: 1000) { nodes { id } } }',
    'what ends in an error in part': '{ directories { nodes { users(first: 1000) { nodes { id } } } } }',
    'what is no GraphQL': '{ directories {',
  }
  test.for(Object.entries(questions))('%s', async ([, text]) => {
    const question = own(text)
    const lookups = await counted(async () => {
      for (let turn = 0; turn < 3; turn += 1) await post(question)
    })
    expect(lookups.hit).toBe(0)
  })

  test('a mutation, also one that was given before', async () => {
    const question = `mutation T${tests} { createApiKey(input: { name: "again", scopes: ["directory:read"] }) { ... on ApiKey { secret } } }`
    expect((await post(question, {}, every)).body).not.toBe((await post(question, {}, every)).body)
  })
})

test('who asks at the same time for what has just changed shares one execution', async () => {
  const question = own(PEOPLE)
  await warm(question)
  await app.deliver(event('dsync.user.updated', user('acme_ada', { name: 'Ada the Second' })))
  await app.applied()
  const lookups = await counted(async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => post(question)))
    for (const { body } of replies) expect(body).toContain('Ada the Second')
  })
  expect(lookups.hit + lookups.miss).toBe(20)
  expect(lookups.miss).toBe(1)
})

test('operations from memory are counted, timed and logged as all others', async () => {
  const question = own(PEOPLE)
  await warm(question)
  const series = async () => {
    const scraped = await scrape(app.url, every)
    const labels = { transport: 'http', outcome: 'ok' }
    return ['rollcall_graphql_requests_total', 'rollcall_graphql_request_duration_seconds_count'].map((name) =>
      scraped.value(name, name.endsWith('total') ? labels : {}),
    )
  }
  const before = await series()
  const lines = app.lines.length
  await post(question)
  expect(await series()).toEqual(before.map((count) => count + 1))
  expect(app.lines[lines]).toMatchObject({ msg: 'request', method: 'POST', path: '/graphql', status: 200, finished: true }) // oxfmt-ignore
  expect((await scrape(app.url, every)).value('rollcall_answers_bytes')).toBeGreaterThan(1_000)
})

test('while the database is away nothing is given from memory, and it is afterwards', async () => {
  const question = own(PEOPLE)
  await warm(question)
  const lookups = await counted(async () => {
    await withoutDatabase(app, async () => {
      const { status, body } = await post(question)
      expect([status, body]).toEqual([503, expect.stringContaining('UNAVAILABLE')])
    })
    await expect.poll(async () => (await post(question)).status).toBe(200)
    await post(question)
  })
  expect(lookups.hit).toBeGreaterThanOrEqual(1)
})

test('with ANSWER_CACHE_BYTES=0 nothing is kept', async () => {
  const { connectionString } = app
  const without = await startTestApp({ connectionString, env: { ANSWER_CACHE_BYTES: '0' } })
  for (let turn = 0; turn < 3; turn += 1) await ask(without.url, acme, own(PEOPLE))
  expect(await lookupsOf(without, every)).toEqual({ hit: 0, miss: 0, unchecked: 0 })
  await without.close()
})
