import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, type Answer } from '../support/client.ts'
import { asServerSentEvents } from '../support/live.ts'
import { send } from './send.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
})
afterAll(() => app.close())

const search = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString()
const errorsOf = (body: string) => (JSON.parse(body) as Answer<object>).errors!
const headers = (more: Record<string, string> = {}) => ({
  authorization: `Bearer ${key}`,
  'content-type': 'application/json',
  ...more,
})

test('variables and extensions that are no JSON are refused by their name, by GET and as a form', async () => {
  const query = '{ viewer { id } }'
  for (const name of ['variables', 'extensions']) {
    const text = search({ query, [name]: '{x' })
    const form = headers({ 'content-type': 'application/x-www-form-urlencoded' })
    for (const reply of [
      await send(`${app.url}/graphql?${text}`, { method: 'GET', headers: headers() }),
      await send(`${app.url}/graphql`, { method: 'POST', headers: form }, text),
    ]) {
      expect(reply.status).toBe(400)
      expect(errorsOf(reply.body)).toEqual([{ message: `${name}: must be JSON`, extensions: { code: 'BAD_REQUEST' } }])
    }
  }
  const form = headers({ 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' })
  const asked = search({ query: 'query ($x: Boolean!) { viewer { kind @include(if: $x) } }', variables: '{"x":true}' })
  const reply = await send(`${app.url}/graphql`, { method: 'POST', headers: form }, asked)
  expect(JSON.parse(reply.body)).toEqual({ data: { viewer: { kind: 'API_KEY' } } })
})

test('brackets inside each other are counted before anything recurses into them', async () => {
  const nested = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels)
  for (const query of [
    `{ directoryUsers(filter: { search: ${nested('[', ']', 2_400)} }) { totalCount } }`,
    `{ directoryUsers(filter: ${nested('{a:', '}', 1_600)}) { totalCount } }`,
    `query ($x: ${nested('[', ']', 2_400)}) { viewer { id } }`,
    `{ ${nested('viewer{', '}', 1_600)} }`,
  ]) {
    const { errors } = await ask<object, object>(app.url, key, query)
    expect(errors).toMatchObject([
      { message: expect.stringContaining('64 brackets') as string, extensions: { code: 'TOO_COMPLEX' } },
    ])
  }
  // Brackets in texts and comments are none.
  const text = `{ directoryUsers(filter: { search: "${'['.repeat(100)}" }) { totalCount } } # ${'{'.repeat(100)}`
  expect((await ask<object, object>(app.url, key, text)).errors).toBeUndefined()
})

test('a message is no longer than anybody reads, whatever was sent', async () => {
  const long = 'x'.repeat(20_000)
  const levels = '['.repeat(50) + ']'.repeat(50)
  const answers = [
    await ask<object, object>(app.url, key, `{ viewer { ${long} } }`),
    await ask<object, object>(app.url, key, `{ directoryUsers(filter: { search: ${levels} }) { totalCount } }`),
    await ask<object, object>(
      app.url,
      key,
      'query ($f: DirectoryUserFilter) { directoryUsers(filter: $f) { totalCount } }',
      {
        f: { state: long },
      },
    ),
  ]
  for (const { errors } of answers) {
    expect(errors!.length).toBeGreaterThan(0)
    for (const { message, extensions } of errors!) {
      expect(message.length).toBeLessThanOrEqual(501)
      expect(extensions?.code).toBeTypeOf('string')
    }
  }
})

test('a value that is wrong is named, whether it stands in the text or comes as a variable', async () => {
  const literal = '{ directoryUsers(filter: { updatedAfter: "yesterday" }) { totalCount } }'
  const variable = 'query ($f: DirectoryUserFilter) { directoryUsers(filter: $f) { totalCount } }'
  const wrong = { f: { updatedAfter: 'yesterday' } }
  for (const [query, variables] of [
    [literal, {}],
    [variable, wrong],
  ] as const) {
    const { errors } = await ask<object, object>(app.url, key, query, variables)
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/updatedAfter.*DateTime must be/) as string, locations: [{ line: 1 }] },
    ])
  }
  const others =
    '{ directoryUsers(first: "x", orderBy: { field: SHOE_SIZE }) { totalCount } nodes(ids: ["a", {}]) { id } }'
  const { errors } = await ask<object, object>(app.url, key, others)
  expect(errors!.map(({ message }) => message.split(':', 1)[0])).toEqual(['first', 'orderBy.field', 'ids.1'])
})

test('every error has a code, over HTTP and as server-sent events', async () => {
  const bad: [string, string][] = [
    ['GRAPHQL_PARSE_FAILED', 'subscription { changes {'],
    ['GRAPHQL_VALIDATION_FAILED', 'subscription { changes { nonsense } }'],
    ['BAD_USER_INPUT', 'subscription ($f: ChangeFilter!) { changes(filter: $f) { id } }'],
    ['BAD_USER_INPUT', 'subscription { changes(after: "garbage") { id } }'],
  ]
  for (const [code, query] of bad) {
    const stream = asServerSentEvents<object>(app.url, key, { query })
    const first = (await stream[Symbol.asyncIterator]().next()) as IteratorResult<Answer<object>, void>
    expect([query, first.value?.errors?.map(({ extensions }) => extensions?.code)]).toEqual([query, [code]])
  }
  const asked: [string, string][] = [
    ['GRAPHQL_PARSE_FAILED', '{ viewer {'],
    ['GRAPHQL_VALIDATION_FAILED', '{ viewer { nonsense } }'],
    ['BAD_USER_INPUT', 'query ($id: ID!) { node(id: $id) { id } }'],
    ['OPERATION_RESOLUTION_FAILURE', 'query A { viewer { id } } query B { viewer { id } }'],
    ['GRAPHQL_PARSE_FAILED', ''],
  ]
  for (const [code, query] of asked) {
    const { errors } = await ask<object, object>(app.url, key, query)
    expect([query, errors?.map(({ extensions }) => extensions?.code)]).toEqual([query, [code]])
  }
})

test('what is not understood or cannot be answered as asked is told why, as JSON, also to pages', async () => {
  const body = '{"query":"{ viewer { id } }"}'
  for (const [status, more, name] of [
    [415, { 'content-type': 'text/plain' }, 'Content-Type'],
    [406, { accept: 'image/png' }, 'Accept'],
  ] as const) {
    const reply = await send(`${app.url}/graphql`, { method: 'POST', headers: headers(more) }, body)
    expect(reply.status).toBe(status)
    expect(reply.headers['content-type']).toMatch(/^application\/json/)
    expect(errorsOf(reply.body)).toMatchObject([
      { message: expect.stringContaining(name) as string, extensions: { code: 'BAD_REQUEST' } },
    ])
  }
})
