import { connect } from 'node:net'
import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/until.ts'
import { send, type Reply } from './send.ts'

let app: TestApp
let authorization: string
beforeAll(async () => {
  app = await startTestApp({ env: { CORS_ORIGINS: 'https://app.example.com, https://admin.example.com' } })
  authorization = `Bearer ${await app.key()}`
})
afterAll(() => app.close())

const json = { 'content-type': 'application/json' }
const post = (body: string, headers: Record<string, string> = json): Promise<Reply> =>
  send(`${app.url}/graphql`, { method: 'POST', headers: { authorization, ...headers } }, body)
const get = (search: string, headers: Record<string, string> = {}): Promise<Reply> =>
  send(`${app.url}/graphql?${search}`, { method: 'GET', headers: { authorization, ...headers } })
const query = (text: string) => JSON.stringify({ query: text })
const kind = '{ viewer { kind } }'
const answer = { data: { viewer: { kind: 'API_KEY' } } }

test('a query may be asked by POST and by GET', async () => {
  const asked = [
    await post(query(kind)),
    await post(query(kind), { ...json, accept: 'application/graphql-response+json' }),
    await post(kind, { 'content-type': 'application/graphql' }),
    await get(new URLSearchParams({ query: kind }).toString()),
  ]
  for (const { status, body } of asked) {
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual(answer)
  }
  expect(asked[1]!.headers['content-type']).toMatch(/^application\/graphql-response\+json/)
  const named = {
    query: `query A { a: viewer { kind } } query B($x: Boolean!) { viewer { kind @include(if: $x) } }`,
    operationName: 'B',
    variables: { x: true },
  }
  expect(JSON.parse((await post(JSON.stringify(named))).body)).toEqual(answer)
  const search = new URLSearchParams({ ...named, variables: JSON.stringify(named.variables) })
  expect(JSON.parse((await get(search.toString())).body)).toEqual(answer)
})

test('an empty operation name means none', async () => {
  const asked = { query: kind, operationName: '' }
  expect(JSON.parse((await post(JSON.stringify(asked))).body)).toEqual(answer)
  expect(JSON.parse((await get(new URLSearchParams(asked).toString())).body)).toEqual(answer)
})

test('UTF-8 may be named as it is', async () => {
  for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'utf8'])
    expect((await post(query(kind), { 'content-type': `application/json; charset=${charset}` })).status).toBe(200)
})

test('a stranger is told nothing of the schema, nor whether a query is valid', async () => {
  for (const asked of [kind, '{ viewer { scope } }', '{ viewer {', 'mutation { nonsense }']) {
    const reply = await post(query(asked), { ...json, authorization: 'Bearer rck_wrong' })
    expect([reply.status, reply.body]).toEqual([401, expect.stringContaining('"UNAUTHENTICATED"')])
  }
})

test('an event stream is passed on by proxies as it comes, and idle connections outlive those of load balancers', async () => {
  const ended = new AbortController()
  const stream = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { authorization, ...json, accept: 'text/event-stream' },
    body: query('subscription { changes { id } }'),
    signal: ended.signal,
  })
  expect(stream.headers.get('x-accel-buffering')).toBe('no')
  ended.abort()
  const kept = await send(`${app.url}/graphql`, { method: 'GET', headers: { connection: 'keep-alive' } })
  expect(Number(/timeout=(\d+)/.exec(String(kept.headers['keep-alive']))?.[1])).toBeGreaterThan(60)
})

test('the hash of a persisted query is answered so that clients send the query itself', async () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: 'ab'.repeat(32) } }
  const search = (more: object) => new URLSearchParams({ ...more, extensions: JSON.stringify(extensions) }).toString()
  const modern = { accept: 'application/graphql-response+json' }
  // Without `data`, the modern type must not be a 2xx.
  for (const [wanted, { status, body }] of [
    [200, await post(JSON.stringify({ operationName: 'A', variables: {}, extensions }))],
    [400, await post(JSON.stringify({ extensions }), { ...json, ...modern })],
    [200, await get(search({}))],
    [400, await get(search({ operationName: 'A' }), modern)],
  ] as const) {
    expect([status, JSON.parse(body)]).toEqual([
      wanted,
      { errors: [{ message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }] },
    ])
  }
  for (const { status, body } of [
    await post(JSON.stringify({ query: kind, extensions })),
    await get(search({ query: kind })),
  ])
    expect([status, JSON.parse(body)]).toEqual([200, answer])
})

// Of the GraphQL Foundation's reference implementation: each is a MUST, a SHOULD or a MAY of the specification.
test.each(
  serverAudits({
    url: () => `${app.url}/graphql`,
    fetchFn: (url: string, init?: RequestInit) => {
      const headers = new Headers(init?.headers)
      headers.set('authorization', authorization)
      return fetch(url, { ...init, headers })
    },
  }),
)('audit $id: $name', async ({ fn }) => {
  expect(await fn()).toMatchObject({ status: 'ok' })
})

describe('what is not a query is refused', () => {
  const strict = { ...json, accept: 'application/graphql-response+json' }
  const refused: [string, () => Promise<Reply>, number][] = [
    [
      'a mutation by GET',
      () =>
        get(new URLSearchParams({ query: 'mutation { revokeApiKey(input: { id: "x" }) { __typename } }' }).toString()),
      405,
    ],
    ['a syntax error', () => post(query('{ viewer {'), strict), 400],
    ['an unknown field', () => post(query('{ viewer { nonsense } }'), strict), 400],
    ['a variable that is missing', () => post(query('query ($id: ID!) { node(id: $id) { id } }'), strict), 400],
    ['a body that is no JSON', () => post('{"query": '), 400],
    [
      'a body that is no UTF-8',
      () =>
        send(
          `${app.url}/graphql`,
          { method: 'POST', headers: { authorization, ...json } },
          Buffer.from(query('{ viewer { kind } } # René'), 'latin1'),
        ),
      400,
    ],
    [
      'a body in another charset',
      () => post(query(kind), { 'content-type': 'application/json; charset=iso-8859-1' }),
      415,
    ],
    ['a compressed body', () => post(query(kind), { ...json, 'content-encoding': 'gzip' }), 415],
    [
      'a variable that cannot be stored',
      () =>
        post(JSON.stringify({ query: 'query ($id: ID!) { node(id: $id) { id } }', variables: { id: '\0' } }), strict),
      400,
    ],
    ['more fields than are compared', () => post(query(`{ viewer { ${'id '.repeat(900)} } }`), strict), 400],
    ['no query', () => post('{}', strict), 400],
    ['a query that is no text', () => post('{"query": 5}'), 400],
    ['a batch', () => post(`[${query(kind)}, ${query(kind)}]`), 400],
    ['a form', () => post('query={viewer{kind}}', { 'content-type': 'text/html' }), 415],
    [
      'multipart without an operation',
      () =>
        post('--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n{}\r\n--x--', {
          'content-type': 'multipart/form-data; boundary=x',
        }),
      400,
    ],
    [
      'multipart that breaks off',
      () =>
        post('--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query": ', {
          'content-type': 'multipart/form-data; boundary=x',
        }),
      400,
    ],
    [
      'multipart whose operation is no JSON',
      () =>
        post('--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{\r\n--x--', {
          'content-type': 'multipart/form-data; boundary=x',
        }),
      400,
    ],
    ['PUT', () => send(`${app.url}/graphql`, { method: 'PUT', headers: { authorization, ...json } }, query(kind)), 405],
  ]
  test.for(refused)('%s', async ([, ask, status]) => {
    const reply = await ask()
    expect(reply.status).toBe(status)
    expect(reply.body).not.toMatch(/node_modules|\.ts:|at Object/)
    expect(reply.body).not.toContain('"data":{')
  })
})

test('there is nothing anywhere else, and it is not told what a path says', async () => {
  for (const path of ['/', '/graphql/more', '/webhooks', '/health', '/healthz']) {
    const reply = await send(`${app.url}${path}`, { method: 'GET' })
    expect([path, reply.status]).toEqual([path, 404])
  }
})

test('in production there is no GraphiQL', async () => {
  const reply = await send(`${app.url}/graphql`, { method: 'GET', headers: { accept: 'text/html' } })
  expect(reply.status).not.toBe(200)
  expect(reply.body).not.toContain('<html')
})

test('pages of the origins that are named may read answers, and others may not', async () => {
  const from = (origin: string) =>
    send(`${app.url}/graphql`, { method: 'POST', headers: { authorization, ...json, origin } }, query(kind))
  const allowed = async (origin: string) => (await from(origin)).headers['access-control-allow-origin']
  expect(await allowed('https://app.example.com')).toBe('https://app.example.com')
  expect(await allowed('https://admin.example.com')).toBe('https://admin.example.com')
  for (const origin of ['https://evil.example.com', 'null']) expect(await allowed(origin)).toBeUndefined()
  for (const origin of ['https://admin.example.com', 'https://evil.example.com'])
    expect((await from(origin)).headers.vary).toMatch(/\bOrigin\b/)
  const preflight = await send(`${app.url}/graphql`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers).toMatchObject({
    'access-control-allow-origin': 'https://app.example.com',
    'access-control-allow-headers': 'authorization',
  })
  expect(preflight.headers['access-control-allow-credentials']).not.toBe('true')
})

test('with * alone any page may read answers, and still needs a credential', async () => {
  const open = await startTestApp({ env: { CORS_ORIGINS: '*' } })
  const from = (headers: Record<string, string>) =>
    send(`${open.url}/graphql`, { method: 'POST', headers: { ...json, ...headers } }, query(kind))
  const origin = 'https://anybody.example'
  expect((await from({ origin })).status).toBe(401)
  const reply = await from({ origin, authorization: `Bearer ${await open.key()}` })
  expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([200, origin])
  expect(reply.headers['access-control-allow-credentials']).toBeUndefined()
  await open.close()
})

test('who hangs up in the middle of a body is no fault of ours, and nothing waits for the rest of it', async () => {
  const before = app.lines.length
  const socket = connect(app.port, '127.0.0.1')
  const head = 'POST /graphql HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n'
  await new Promise<void>((resolve) => socket.write(`${head}{"query": `, () => resolve()))
  socket.end()
  await until(async () => app.lines.length > before)
  expect(app.lines.slice(before)).toMatchObject([{ msg: 'request', path: '/graphql', finished: false }])
})
