import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../http/socket.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, event, user } from '../support/events.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.deliver(event('dsync.user.created', user('ada'), 2))
  await app.applied()
  key = await app.key()
})
afterAll(() => app.close())

const problems = () => app.lines.filter(({ level }) => Number(level) >= 50)

test("what is nobody's business but ours is masked, logged once, and costs its own field only", async () => {
  await app.db.pool.query('alter table membership rename to membership_away')
  const query = `{
    directoryUsers(filter: { email: "ada@example.com" }) { nodes { email groups { nodes { id } } } }
    directory(id: "directory_test") { name }
  }`
  const before = problems().length
  const { data, errors } = await ask(app.url, key, query)
  expect(data).toBeNull()
  expect(errors).toHaveLength(1)
  const { locations, ...told } = errors![0] as NonNullable<typeof errors>[0] & { locations: object[] }
  expect(locations).toHaveLength(1)
  expect(told).toEqual({
    message: 'Unexpected error.',
    path: ['directoryUsers', 'nodes', 0, 'groups'],
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  })
  expect(problems().slice(before)).toHaveLength(1)
  expect(problems().at(-1)).toMatchObject({
    msg: 'graphql',
    err: { message: expect.stringContaining('membership') as string },
  })
  expect(JSON.stringify(problems())).not.toMatch(/ada|example\.com/i)

  const socket = connect(app.url, key)
  const answer = await socket.follow(query).next()
  expect(answer?.errors).toEqual(errors)
  expect((await socket.follow('{ viewer { kind } }').next())?.data).toEqual({ viewer: { kind: 'API_KEY' } })
  await socket.close()
  await app.db.pool.query('alter table membership_away rename to membership')
  expect((await ask(app.url, key, query)).errors).toBeUndefined()
})

test('a fault while somebody is following is masked too, and the socket stays open for the others', async () => {
  for (let n = 0; n < 300; n += 1) await app.deliver(event('dsync.user.created', user(`many_${n}`), 3))
  await app.applied()
  const first = await ask(app.url, key, '{ changes(first: 1) { nodes { cursor } } }')
  const { cursor } = (first.data as { changes: { nodes: { cursor: string }[] } }).changes.nodes[0]!
  const socket = connect(app.url, key)
  await socket.connected
  const healthy = socket.follow('subscription { changes { id } }')
  const next = healthy.next()
  await app.db.pool.query('alter table change rename column previous to previous_away')
  const broken = socket.follow(`subscription { changes(after: "${cursor}") { id } }`)
  const told = await broken.next().then(
    (answer) => answer?.errors,
    (errors: unknown) => errors,
  )
  expect(told).toMatchObject([{ message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
  await app.db.pool.query('alter table change rename column previous_away to previous')
  await app.deliver(event('dsync.user.created', user('later'), 4))
  expect((await next)?.data).toMatchObject({ changes: { id: expect.stringMatching(/^change_/) as string } })
  await socket.close()
})

// PostgreSQL has no text with the one; the other it would be given as U+FFFD, which makes one id of two.
const unstorable: [string, string, string][] = [
  ['a null character', 'a\0b', 'U+0000'],
  ['half of a surrogate pair', 'a\ud800b', 'surrogate'],
]
test.for(unstorable)('%s is refused as what it is, wherever it stands', async ([, text, said]) => {
  const before = problems().length
  const operations: [string, Record<string, unknown>][] = [
    ['query ($v: ID!) { directoryUser(id: $v) { id } }', { v: text }],
    ['query ($v: [ID!]!) { nodes(ids: $v) { id } }', { v: ['x', text] }],
    ['query ($v: DirectoryUserFilter) { directoryUsers(filter: $v) { nodes { id } } }', { v: { email: text } }],
    ['query ($v: EventFilter) { events(filter: $v) { nodes { id } } }', { v: { type: [text] } }],
    ['query ($v: ChangeFilter) { changes(filter: $v) { nodes { id } } }', { v: { directoryId: text } }],
    [
      'mutation ($v: CreateApiKeyInput!) { createApiKey(input: $v) { __typename } }',
      { v: { name: text, scopes: ['*'] } },
    ],
    ['subscription ($v: ID) { changes(filter: { directoryId: $v }) { id } }', { v: text }],
  ]
  await refused(operations, said, 'BAD_USER_INPUT')
  expect(problems().slice(before)).toEqual([])
})

test('so it is in a document, where half of a surrogate pair is no GraphQL', async () => {
  const before = problems().length
  const written = (text: string): [string, Record<string, unknown>][] => [
    [`{ directoryUsers(filter: { search: "${text}" }) { nodes { id } } }`, {}],
    [`subscription { changes(filter: { directoryId: "${text}" }) { id } }`, {}],
  ]
  await refused(written('a\\u0000b'), 'U+0000', 'BAD_USER_INPUT')
  await refused([...written('a\\ud800b'), ...written('a\ud800b')], 'Syntax Error', 'GRAPHQL_PARSE_FAILED')
  expect(problems().slice(before)).toEqual([])
})

async function refused(operations: readonly [string, Record<string, unknown>][], said: string, code: string) {
  const socket = connect(app.url, key)
  for (const [query, variables] of operations) {
    const overHttp = query.startsWith('subscription')
      ? []
      : [await ask<unknown, Record<string, unknown>>(app.url, key, query, variables)]
    const onSocket = await socket
      .follow(query, variables)
      .next()
      .catch((errors: unknown) => ({ errors }))
    for (const answer of [...overHttp, onSocket]) {
      expect([query, answer?.errors]).toMatchObject([
        query,
        [{ message: expect.stringContaining(said) as string, extensions: { code } }],
      ])
    }
  }
  await socket.close()
}
