// Law 10: every answer is bounded, and what would not be is refused before it runs.
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import {
  buildClientSchema,
  getIntrospectionQuery,
  printSchema,
  lexicographicSortSchema,
  type IntrospectionQuery,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { schema } from '../../src/graphql/schema.ts'
import { connect } from '../http/socket.ts'
import { send } from '../http/send.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { allStatementsOf } from '../graphql/statements.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp({ env: { GRAPHQL_MAX_BODY_BYTES: '200000', IMPORT_MAX_BODY_BYTES: '400000' } })
  key = await app.key()
})
afterAll(() => app.close())

const users = (first: number, inside: string) => `directoryUsers(first: ${first}) { nodes { ${inside} } }`
const nested = (depth: number): string =>
  depth === 0
    ? 'id'
    : `directory { organization { directories(first: 1) { nodes { users(first: 1) { nodes { ${nested(depth - 1)} } } } } } }`

const tooComplex: [measure: string, query: string][] = [
  ['cost', `{ ${users(100, 'groups(first: 100) { nodes { members(first: 100) { nodes { id } } } }')} }`],
  ['cost', `{ ${users(100, 'changes(first: 100) { nodes { id occurredAt eventId source actor } }')} }`],
  [
    'cost',
    `query ($n: Int = 100) { directoryUsers(first: $n) { nodes { groups(first: $n) { nodes { members(first: $n) { nodes { id } } } } } } }`,
  ],
  [
    'cost',
    `{ nodes(ids: [${Array.from({ length: 100 }, (_, n) => `"directory_group_${n}"`).join(', ')}]) { ... on DirectoryGroup { members(first: 100) { nodes { id email name username state idpId } } } } }`,
  ],
  ['cost', `{ events(first: 100) { nodes { ${Array.from({ length: 480 }, (_, n) => `p${n}: payload`).join(' ')} } } }`],
  ['depth', `{ ${users(1, nested(3))} }`],
  ['breadth', `{ ${Array.from({ length: 501 }, (_, n) => `a${n}: viewer { id }`).join(' ')} }`],
  ['breadth', `{ viewer { ${Array.from({ length: 501 }, (_, n) => `a${n}: id`).join(' ')} } }`],
]

describe.for(tooComplex)('an operation of too great %s', ([measure, query]) => {
  const expected = { code: 'TOO_COMPLEX', [measure]: expect.any(Number) as number, limit: expect.any(Number) as number }

  test(`is refused before it asks the database anything: ${query.slice(0, 60)}`, async () => {
    await ask(app.url, key, '{ viewer { id } }') // so that the key is known
    const statements = await allStatementsOf(async () => {
      const { data, errors } = await ask(app.url, key, query)
      expect(Object.values((data as object | null) ?? {}).filter((value) => value !== null)).toEqual([])
      expect(errors![0]!.extensions).toEqual(expected)
      expect(errors![0]!.message).toContain(`has a ${measure} of`)
    })
    expect(
      statements.filter(
        ({ text }) => /directory_user|directory_group|membership|payload/.test(text) && !/cascad/.test(text),
      ),
    ).toEqual([])
  })

  test('is refused on a socket too, which stays open', async () => {
    const socket = connect(app.url, key)
    await expect(
      socket
        .follow(query)
        .next()
        .then((answer) => answer?.errors ?? []),
    ).resolves.toMatchObject([{ extensions: expected }])
    expect((await socket.follow('{ viewer { kind } }').next())?.data).toEqual({ viewer: { kind: 'API_KEY' } })
    await socket.close()
  })
})

test('what frontends really ask for is not too complex', async () => {
  const page = `{
    directories(first: 25) { nodes { name userCount groupCount provider { name } organization { name } } }
    directoryUsers(first: 50) { totalCount nodes { id name email state groups(first: 10) { nodes { id name memberCount } } } }
    changes(last: 100) { nodes { __typename occurredAt ... on DirectoryUserChange { directoryUser { name } changedFields } } }
  }`
  expect((await ask(app.url, key, page)).errors).toBeUndefined()
})

test('a document of more tokens than anybody writes is not read to its end', async () => {
  const query = `{ viewer { ${'id '.repeat(6_000)} } }`
  const { errors } = await ask(app.url, key, query)
  expect(errors![0]!.message).toMatch(/token/)
  const socket = connect(app.url, key)
  await expect(socket.follow(query).next()).rejects.toMatchObject([
    { message: expect.stringMatching(/token/) as string },
  ])
  expect((await socket.follow('{ viewer { kind } }').next())?.data).toEqual({ viewer: { kind: 'API_KEY' } })
  await socket.close()
})

test('of nodes, a hundred may be asked for at once', async () => {
  const nodes = (count: number) =>
    ask<unknown, { ids: string[] }>(app.url, key, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: Array.from({ length: count }, () => 'x'),
    })
  expect((await nodes(100)).errors).toBeUndefined()
  const { data, errors } = await nodes(101)
  expect(data).toBeNull()
  expect(errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', issues: [{ path: ['ids'] }] })
})

test('a body that is too long is refused with 413, whether or not it says so', async () => {
  const body = JSON.stringify({ query: '{ viewer { id } }', variables: { padding: 'x'.repeat(200_000) } })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const telling = async (given: Record<string, string>, told: string) => {
    const lengths = { ...given, 'content-length': String(told.length) }
    return (await send(`${app.url}/graphql`, { method: 'POST', headers: lengths }, told)).status
  }
  expect(await telling({ 'content-type': 'application/json' }, body)).toBe(413)
  expect(await telling({ ...headers, authorization: 'Bearer nobody' }, body)).toBe(413)
  // Who may write accounts, and says how much it is, may send a list as one text, and nothing that is many parts.
  expect(await telling(headers, body)).toBe(200)
  const reader = `Bearer ${await app.key(null, ['directory:read'])}`
  expect(await telling({ ...headers, authorization: reader }, body)).toBe(413)
  const nested = `{"query":"{ viewer { id } }","variables":{"a":${'['.repeat(110_000)}"\\"[[{,"${']'.repeat(110_000)}}}`
  expect(await telling(headers, nested)).toBe(413)
  expect(await telling(headers, `${body}${' '.repeat(200_000)}`)).toBe(413)
  const chunks = body.match(/[^]{1,20000}/g)!
  const refused = await send(`${app.url}/graphql`, { method: 'POST', headers }, ...chunks)
  // What comes after it is not taken for the next request.
  expect([refused.status, refused.headers.connection]).toEqual([413, 'close'])
  const fitting = JSON.stringify({ query: '{ viewer { id } }', variables: { padding: 'x'.repeat(199_000) } })
  expect((await send(`${app.url}/graphql`, { method: 'POST', headers }, fitting)).status).toBe(200)
})

test('of too many unfinished bodies those that began first are refused with 503, wherever they are sent', async () => {
  function begin(path: string, size: number) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const sent = request(`${app.url}${path}`, { method: 'POST', agent: false, headers }).on('error', () => {})
    sent.write(Buffer.alloc(size, ' '))
    return { sent, answered: once(sent, 'response') as Promise<[IncomingMessage]> }
  }
  const first = [begin('/graphql', 199_000), begin('/webhooks/workos', 1_000_000)]
  await send(`${app.url}/health/live`, {}) // the server has met them
  const later = Array.from({ length: 5 }, () => begin('/webhooks/workos', 1_000_000))
  for (const { answered } of later) answered.catch(() => {}) // some hang up without an answer, at the end
  for (const { answered } of first) {
    const [response] = await answered
    expect(response).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5', connection: 'close' } })
    expect(await text(response)).toContain('Too much is being sent at once')
  }
  for (const { sent } of [...first, ...later]) sent.destroy()
  expect(app.lines.filter(({ level }) => typeof level === 'number' && level > 30)).toEqual([])
})

test('a message that is too long closes its socket with 1009, which is not our fault', async () => {
  const socket = connect(app.url, key)
  await socket.connected
  socket
    .follow(`{ viewer { id } } # ${'x'.repeat(200_000)}`)
    .next()
    .catch(() => {})
  const reason = 'A message may have at most 200000 bytes (GRAPHQL_MAX_BODY_BYTES)'
  expect(await socket.closed).toEqual({ code: 1009, reason })
  expect(app.lines.filter(({ level }) => typeof level === 'number' && level > 30)).toEqual([])
  expect(app.lines).toContainEqual(expect.objectContaining({ reason: 'Max payload size exceeded' }))
})

test('a message that comes in too many pieces closes its socket, whoever sends it', async () => {
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  for (let pieces = 0; pieces < 1_100; pieces += 1) socket.send(' ', { fin: false })
  const [code] = (await once(socket, 'close')) as [number]
  expect(code).toBe(1008)
  expect(app.lines.filter(({ level }) => typeof level === 'number' && level > 30)).toEqual([])
})

test('a socket may have a hundred operations at once, and is told of the next', async () => {
  const socket = connect(app.url, key)
  await socket.connected
  const followed = Array.from({ length: 101 }, () => socket.follow('subscription { changes { id } }'))
  const ends = followed.map((following) => following.next())
  for (const end of ends) end.catch(() => {})
  await expect(ends.at(-1)).rejects.toMatchObject([{ extensions: { code: 'TOO_COMPLEX' } }])
  await followed[0]!.stop()
  expect((await socket.follow('{ viewer { kind } }').next())?.data).toEqual({ viewer: { kind: 'API_KEY' } })
  await socket.close()
})

test('introspection tells the whole schema', async () => {
  const { data } = await ask(app.url, key, getIntrospectionQuery())
  expect(printSchema(lexicographicSortSchema(buildClientSchema(data as IntrospectionQuery)))).toBe(
    printSchema(lexicographicSortSchema(schema)),
  )
})

describe('introspection', () => {
  const TYPE = 'fragment T on __Type { description fields { ...F } } fragment F on __Field { name description }'
  const repeated = (count: number, field: string) =>
    Array.from({ length: count }, (_, n) => `t${n}: ${field}`).join(' ')
  const NODE = '__type(name: "Node") { name }'
  const introspections: [what: string, query: string, message: string][] = [
    [
      'types, hundreds of times',
      `{ __schema { ${repeated(300, 'types { ...T }')} } } ${TYPE}`,
      'select types only once',
    ],
    [
      'types, in fragments',
      `{ __schema { ...A ...B } } fragment A on __Schema { a: types { ...T } }
      fragment B on __Schema { ... { types { ...T } } } ${TYPE}`,
      'not as types and as a',
    ],
    [
      'types, in two parts of one field',
      `{ __schema { a: types { ...T } } __schema { b: types { ...T } } } ${TYPE}`,
      'select types only once',
    ],
    [
      'the schema, twice',
      `{ ...A b: __schema { types { ...T } } } fragment A on Query { __schema { types { ...T } } } ${TYPE}`,
      'select __schema only once',
    ],
    ['a type, eleven times', `{ ${repeated(11, NODE)} }`, '__type at most 10 times'],
    [
      'fragments that double',
      `{ __schema { types { ...F0 } } } ${Array.from(
        { length: 12 },
        (_, n) => `fragment F${n} on __Type { ofType { ofType { ...F${n + 1} } } fields { type { ...F${n + 1} } } }`,
      ).join(' ')} fragment F12 on __Type { name }`,
      'at most 500 fields',
    ],
    [
      'one fragment within itself',
      `{ __schema { types { ...A } } } fragment A on __Type { ofType { ...A } }`,
      'at most 500 fields',
    ],
  ]
  test.for(introspections)('of %s is refused', async ([, query, message]) => {
    const began = performance.now()
    const { data, errors } = await ask(app.url, key, query)
    expect(data).toBeUndefined()
    const { message: told } = errors!.find(({ extensions }) => extensions!.code === 'TOO_COMPLEX')!
    expect(told).toContain(message)
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  test('of everything, as tools ask for it, is answered', async () => {
    const everything = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    })
    const sameAgain = '{ __schema { types { name } ...A } } fragment A on __Schema { types { name kind } }'
    for (const query of [everything, sameAgain, `{ ${repeated(10, NODE)} }`])
      expect((await ask(app.url, key, query)).errors).toBeUndefined()
  })
})
