import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { scrape } from '../metrics/scrape.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { directory, event, user } from '../support/events.ts'
import { withoutDatabase } from './outage.ts'
import { connect } from './socket.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
})
afterAll(() => app.close())

const address = (url: string) => `${url.replace('http', 'ws')}/graphql`

/** A socket without a client: what it sends is sent as it is. */
async function raw(headers: Record<string, string> = {}) {
  const socket = new WebSocket(address(app.url), 'graphql-transport-ws', { headers })
  const messages: Record<string, unknown>[] = []
  let wake = () => {}
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString('utf8')) as Record<string, unknown>)
    wake()
  })
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => ({
    code: code as number,
    reason: String(reason),
  }))
  await once(socket, 'open')
  return {
    closed,
    send: (message: object | string) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async next(): Promise<Record<string, unknown>> {
      while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return messages.shift()!
    },
    end: () => socket.terminate(),
  }
}

const init = (secret: string) => ({ type: 'connection_init', payload: { Authorization: `Bearer ${secret}` } })
const subscribe = (id: string, query: string, more: object = {}) => ({
  id,
  type: 'subscribe',
  payload: { query, ...more },
})

test('a credential comes in the connection parameters, whatever their case, or in the header of the upgrade', async () => {
  for (const [headers, payload] of [
    [{}, { authorization: `Bearer ${key}` }],
    [{}, { AUTHORIZATION: `bearer ${key}` }],
    [{ authorization: `Bearer ${key}` }, undefined],
  ] as const) {
    const socket = await raw(headers)
    socket.send({ type: 'connection_init', payload })
    expect(await socket.next()).toEqual({ type: 'connection_ack' })
    socket.end()
  }
})

test('without a good one the socket is closed with 4403, for a reason', async () => {
  // Where a browser can put it, unlike a header.
  const missing =
    'A credential is required, in the connection parameters: { "authorization": "Bearer <API key or access token>" }'
  for (const [payload, reason] of [
    [undefined, missing],
    [{}, missing],
    [{ authorization: 5 }, missing],
    [{ authorization: 'Bearer rck_wrong' }, 'The API key is not valid, has expired or was revoked'],
    [{ authorization: key }, 'Authorization must be "Bearer <API key or access token>"'],
    [
      { authorization: 'Bearer e.y.J' },
      'The credential is not an API key, and access tokens are not configured (AUTH_JWKS_URL)',
    ],
  ] as const) {
    const socket = await raw()
    socket.send({ type: 'connection_init', payload })
    expect(await socket.closed).toEqual({ code: 4403, reason })
  }
  const early = await raw()
  early.send(subscribe('1', '{ viewer { id } }'))
  expect(await early.closed).toMatchObject({ code: 4401 })
})

test('one bad operation is told so, and the socket stays open for the good ones', async () => {
  const socket = await raw()
  socket.send(init(key))
  await socket.next()
  socket.send(subscribe('good', 'subscription A { changes { eventId } }', { operationName: '' })) // that is, none
  const bad: [string, string, string, object?][] = [
    ['syntax', 'GRAPHQL_PARSE_FAILED', '{ viewer {'],
    ['empty', 'GRAPHQL_PARSE_FAILED', ''],
    ['field', 'GRAPHQL_VALIDATION_FAILED', '{ viewer { nonsense } }'],
    ['nested', 'TOO_COMPLEX', `{ node(id: ${'['.repeat(2_400)}${']'.repeat(2_400)}) { id } }`],
    ['variable', 'BAD_USER_INPUT', 'query ($id: ID!) { node(id: $id) { id } }'],
    ['name', 'OPERATION_RESOLUTION_FAILURE', 'query A { viewer { id } }', { operationName: 'B' }],
    ['two', 'OPERATION_RESOLUTION_FAILURE', 'query A { viewer { id } } query B { viewer { id } }'],
    ['fragment', 'GRAPHQL_VALIDATION_FAILED', 'fragment F on Viewer { id }'],
    ['cursor', 'BAD_USER_INPUT', 'subscription { changes(after: "garbage") { id } }'],
  ]
  for (const [id, code, query, more] of bad) {
    socket.send(subscribe(id, query, more))
    const told = await socket.next()
    expect([told.id, ['error', 'next'].includes(told.type as string)]).toEqual([id, true])
    const errors = (told.type === 'error' ? told.payload : (told.payload as { errors: unknown }).errors) as {
      message: string
      extensions?: object
    }[]
    expect([id, errors.map(({ extensions }) => extensions)]).toMatchObject([id, [{ code }]])
    expect(JSON.stringify(errors)).not.toContain('"http"')
    expect(JSON.stringify(errors)).not.toMatch(/node_modules|stack/)
    const completed = told.type === 'next' ? await socket.next() : { id, type: 'complete' }
    expect(completed).toEqual({ id, type: 'complete' })
  }
  await app.deliver(event('dsync.activated', directory(), 1, 'event_good'))
  expect(await socket.next()).toEqual({
    id: 'good',
    type: 'next',
    payload: { data: { changes: { eventId: 'event_good' } } },
  })
  socket.end()
})

test('queries and mutations may be asked on a socket too', async () => {
  const socket = connect(app.url, key)
  const query = socket.follow('query Q($id: ID!) { directory(id: $id) { id } viewer { kind } }', {
    id: 'directory_test',
  })
  expect(await query.next()).toMatchObject({ data: { viewer: { kind: 'API_KEY' } } })
  expect(await query.next()).toBeNull()
  const mutation = socket.follow('mutation { revokeApiKey(input: { id: "none" }) { __typename } }')
  expect(await mutation.next()).toMatchObject({ data: { revokeApiKey: { __typename: 'NotFoundError' } } })
  await socket.close()
})

test('each event shows what is there when it is told, not what an earlier one has loaded', async () => {
  const socket = connect(app.url, key)
  const changes = socket.follow(
    'subscription { changes(filter: { directoryUserId: "directory_user_eve", kinds: [DIRECTORY_USER_CREATED, DIRECTORY_USER_UPDATED] }) { ... on DirectoryUserChange { directoryUser { name directory { userCount } } } } }',
  )
  await socket.connected
  const ready = socket.follow('{ viewer { id } }') // what is asked later on a socket is answered after it follows
  await ready.next()
  const names = []
  for (const [second, name] of ['Eve', 'Eva', 'Evi'].entries()) {
    const next = changes.next()
    await app.deliver(
      event(second === 0 ? 'dsync.user.created' : 'dsync.user.updated', user('eve', { name }), 20 + second),
    )
    names.push((await next)?.data)
  }
  expect(names).toMatchObject(
    ['Eve', 'Eva', 'Evi'].map((name) => ({ changes: { directoryUser: { name, directory: { userCount: 1 } } } })),
  )
  await socket.close()
})

test('while the database is away, who connects is told to come back, and nothing of why', async () => {
  await withoutDatabase(app, async () => {
    expect(await connect(app.url, `rck_${'x'.repeat(43)}`).closed).toEqual({ code: 1013, reason: 'Try again later' })
  })
  const socket = connect(app.url, key)
  await socket.connected
  await socket.close()
})

test('there is a socket at /graphql and nowhere else', async () => {
  const elsewhere = new WebSocket(`${app.url.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws')
  elsewhere.on('error', () => {})
  const [, response] = (await once(elsewhere, 'unexpected-response')) as [unknown, { statusCode: number }]
  expect(response.statusCode).toBeGreaterThanOrEqual(400)
  elsewhere.terminate()
})

const CHANGES = 'subscription { changes(filter: { kinds: [DIRECTORY_USER_CREATED] }) { eventId } }'

/** What a socket is told up to the answer of a query, which it asks last. */
async function toldUntilAnswered(socket: Awaited<ReturnType<typeof raw>>): Promise<unknown[]> {
  socket.send(subscribe('last', '{ viewer { kind } }'))
  const told = []
  for (;;) {
    const { id, type } = await socket.next()
    if (id === 'last' && type === 'complete') return told
    if (id !== 'last') told.push([id, type])
  }
}

test.for([CHANGES, '{ viewer { id } }'])(
  'an id that is in use by a subscription is told so with 4409, whatever it is to stand for: %s',
  async (query) => {
    const socket = await raw()
    socket.send(init(key))
    await socket.next()
    socket.send(subscribe('used', CHANGES))
    expect(await toldUntilAnswered(socket)).toEqual([])
    socket.send(subscribe('used', query))
    expect(await socket.closed).toEqual({ code: 4409, reason: 'Subscriber for used already exists' })
  },
)

test('of what it does not want any more, a client is told nothing, and its id may be used again', async () => {
  const socket = await raw()
  socket.send(init(key))
  await socket.next()
  socket.send(subscribe('kept', CHANGES))
  socket.send(subscribe('left', CHANGES))
  expect(await toldUntilAnswered(socket)).toEqual([])
  socket.send({ id: 'left', type: 'complete' })
  // Before it has begun.
  socket.send(subscribe('never', CHANGES))
  socket.send({ id: 'never', type: 'complete' })
  await app.deliver(event('dsync.user.created', user('ada'), 30, 'event_after_leaving'))
  expect(await socket.next()).toMatchObject({
    id: 'kept',
    payload: { data: { changes: { eventId: 'event_after_leaving' } } },
  })
  socket.send(subscribe('left', CHANGES))
  expect(await toldUntilAnswered(socket)).toEqual([])
  await app.deliver(event('dsync.user.created', user('bea'), 31, 'event_after_coming_back'))
  expect(new Set([(await socket.next()).id, (await socket.next()).id])).toEqual(new Set(['kept', 'left']))
  expect(await toldUntilAnswered(socket)).toEqual([])
  socket.end()
})

test('a socket that is closed leaves nothing behind that follows', async () => {
  const key = await app.key(null, ['metrics:read', 'directory:read'])
  const followers = async () => (await scrape(app.url, key)).value('rollcall_feed_subscribers')
  const sockets = await Promise.all(
    ['one', 'two'].map(async (id) => {
      const socket = await raw()
      socket.send(init(key))
      await socket.next()
      socket.send(subscribe(id, CHANGES))
      socket.send(subscribe(`${id} again`, CHANGES))
      expect(await toldUntilAnswered(socket)).toEqual([])
      return socket
    }),
  )
  await expect.poll(followers).toBe(4)
  sockets[0]!.end()
  await expect.poll(followers).toBe(2)
  sockets[1]!.end()
  await expect.poll(followers).toBe(0)
})
