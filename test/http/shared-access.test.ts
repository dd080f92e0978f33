import { once } from 'node:events'
import { parse, type OperationDefinitionNode } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { sharingKey } from '../../src/http/sharing/sharing-key.ts'
import type { Viewer } from '../../src/auth/viewer.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { directory, event, user } from '../support/events.ts'
import { until } from '../support/until.ts'
import { asServerSentEvents, connectSocket, overWebSocket, type Live, type Operation } from '../support/live.ts'
import { statementsOf } from '../graphql/statements.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  for (const name of ['a', 'b']) await app.deliver(event('dsync.activated', directory(of(name)), 1))
  await app.applied()
})
afterAll(() => app.close())

const of = (name: string) => ({ id: `directory_${name}`, organization_id: `org_${name}` })
const inDirectory = (name: string) => ({ directory_id: `directory_${name}`, organization_id: `org_${name}` })

const PEOPLE = `
  subscription ($filter: ChangeFilter) {
    changes(filter: $filter) { ... on DirectoryUserChange { directoryUser { id directory { id } } } }
  }`
interface People {
  changes: { directoryUser?: { id: string; directory: { id: string } } }
}

/** Together: one subscription by each of the two ways that there are. */
const bothWays = <Data>(key: string, operation: Operation): Live<Data>[] =>
  [overWebSocket, asServerSentEvents].map((follow) => follow<Data>(app.url, key, operation))

test('the same text from two organizations is executed for each of them, and tells each of its own alone', async () => {
  const keys = await Promise.all(['org_a', 'org_b', null].map((organization) => app.key(organization)))
  const filter = { kinds: ['DIRECTORY_USER_CREATED'] }
  const lives = keys.flatMap((key) => bothWays<People>(key, { query: PEOPLE, variables: { filter } }))
  await followed(lives.length)
  await app.deliver(event('dsync.user.created', user('ada', inDirectory('a')), 10))
  await app.applied()
  await app.deliver(event('dsync.user.created', user('bob', inDirectory('b')), 11))
  const told = async (live: Live<People>, count: number) => {
    const people = []
    while (people.length < count) people.push((await live.next()).changes.directoryUser)
    return people
  }
  const ada = { id: 'directory_user_ada', directory: { id: 'directory_a' } }
  const bob = { id: 'directory_user_bob', directory: { id: 'directory_b' } }
  expect(await Promise.all(lives.map((live, n) => told(live, n < 4 ? 1 : 2)))).toEqual([
    [ada],
    [ada],
    [bob],
    [bob],
    [ada, bob],
    [ada, bob],
  ])
  for (const live of lives) live.leave()
  await followed(0)
})

test('who may see more of it is told more, by the same text in the same organization', async () => {
  const query = `subscription { changes(filter: { directoryUserId: "directory_user_cy" }) {
    ... on DirectoryUserChange { directoryUser { id rawAttributes } } } }`
  const more = bothWays<object>(await app.key('org_a', ['directory:read', 'users:read:raw']), { query })
  const less = bothWays<object>(await app.key('org_a', ['directory:read']), { query })
  const all = [more[0]!, less[0]!, more[1]!, less[1]!]
  await followed(4)
  await app.deliver(event('dsync.user.created', user('cy', { ...inDirectory('a'), raw_attributes: { pay: 7 } }), 20))
  const told = await Promise.all(all.map(async (live) => (await live[Symbol.asyncIterator]().next()).value as unknown))
  const seen = { data: { changes: { directoryUser: { id: 'directory_user_cy', rawAttributes: { pay: 7 } } } } }
  expect([told[0], told[2]]).toEqual([seen, seen])
  for (const answer of [told[1], told[3]]) {
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    expect(JSON.stringify(answer)).not.toContain('pay')
  }
  for (const live of all) live.leave()
  await followed(0)
})

test('equal ones are executed once for a change, whichever way each is told', async () => {
  const operation = {
    query: `subscription ($filter: ChangeFilter) { changes(filter: $filter) {
      ... on DirectoryUserChange { directoryUser { name directory { name } } } } }`,
    variables: {
      filter: { directoryUserId: 'directory_user_eve', kinds: ['DIRECTORY_USER_CREATED', 'DIRECTORY_USER_UPDATED'] },
    },
  }
  const keys = await Promise.all(['org_a', 'org_a', 'org_b'].map((organization) => app.key(organization)))
  const lives = keys.flatMap((key) => [1, 2].flatMap(() => bothWays<People>(key, operation)))
  await followed(lives.length)
  const inA = lives.slice(0, 8)
  let version = 25
  // How often they are read for it, who are told of the change.
  const reads = async () => {
    const statements = await statementsOf(async () => {
      const name = `Eve ${(version += 1)}`
      await app.deliver(event('dsync.user.updated', user('eve', { ...inDirectory('a'), name }), version))
      const changes = { directoryUser: { name, directory: { name: 'Test directory' } } }
      expect(await Promise.all(inA.map((live) => live.next()))).toEqual(inA.map(() => ({ changes })))
    }, /directory_user x/)
    return statements.filter(({ text }) => text.includes('directory_user x')).length
  }
  // Each is alone until it is up to date.
  await until(async () => (await reads()) === 1)
  expect([await reads(), await reads()]).toEqual([1, 1])
  for (const live of lives) live.leave()
  await followed(0)
})

test('the health of a directory is shown to all who may see it by one execution, and to nobody else', async () => {
  const keys = await Promise.all(['org_a', 'org_a', 'org_b', null].map((organization) => app.key(organization)))
  const operation = {
    query: 'subscription ($id: ID!) { syncHealth(directoryId: $id) { userCount } }',
    variables: { id: 'directory_a' },
  }
  const lives = keys.map((key) => bothWays<{ syncHealth: { userCount: number } }>(key, operation))
  const stranger = lives.splice(2, 1)[0]!
  for (const live of stranger) await expect(live.next()).rejects.toThrow('There is no such directory')
  const followers = lives.flat()
  const counts = await Promise.all(followers.map((live) => live.next()))
  expect(new Set(counts.map((answer) => JSON.stringify(answer))).size).toBe(1)
  const { userCount } = counts[0]!.syncHealth
  const statements = await statementsOf(async () => {
    await app.deliver(event('dsync.user.created', user('fay', inDirectory('a')), 40))
    const syncHealth = { userCount: userCount + 1 }
    expect(await Promise.all(followers.map((live) => live.next()))).toEqual(followers.map(() => ({ syncHealth })))
  }, /\bfrom directory x\b/)
  // Whether it is still theirs, of those of the organization and of who sees all.
  const looks = statements.filter(({ text }) => /\bfrom directory x\s+where x\.id = any/i.test(text))
  expect(looks.map(({ text }) => text)).toHaveLength(2)
  for (const live of followers) live.leave()
})

test('a key that is revoked closes its sockets, and those of another key with the same access are told on', async () => {
  const [one, other] = [await app.key('org_a'), await app.key('org_a')]
  const [ends, stays] = [connectSocket(app.url, one), connectSocket(app.url, other)]
  const query = PEOPLE
  const [gone, there] = [ends.subscribe<People>({ query }), stays.subscribe<People>({ query })]
  await followed(2)
  await app.db.pool.query('update api_key set revoked_at = now() where prefix = $1', [one.slice(0, 10)])
  await expect(gone.next()).rejects.toThrow('The connection has ended')
  expect(ends.closed()).toMatchObject({ code: 4403 })
  await followed(1)
  await app.deliver(event('dsync.user.created', user('dee', inDirectory('a')), 30))
  expect((await there.next()).changes.directoryUser?.id).toBe('directory_user_dee')
  there.leave()
  await followed(0)
})

test('with a key that is revoked, nothing goes on for a client that does not hear of it', async () => {
  const key = await app.key('org_a')
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }))
  await once(socket, 'message')
  socket.send(JSON.stringify({ id: 'shared', type: 'subscribe', payload: { query: PEOPLE } }))
  await followed(1)
  socket.pause()
  await app.db.pool.query('update api_key set revoked_at = now() where prefix = $1', [key.slice(0, 10)])
  await followed(0)
  expect(socket.readyState).toBe(socket.OPEN) // as far as it knows
  socket.terminate()
})

describe('what is shared', () => {
  const viewer: Viewer = { kind: 'API_KEY', id: 'a', organizationId: 'org_a', scopes: ['b', 'a'], expiresAt: null }
  const keyOf = (query: string, variables: Record<string, unknown> = {}, of: Partial<Viewer> = {}) => {
    const document = parse(query)
    const operation = document.definitions[0] as OperationDefinitionNode
    return sharingKey({ query, document, operation, variables }, { ...viewer, ...of })
  }
  const query = 'subscription ($after: String, $n: Int) { changes(after: $after) { id } }'

  test('depends on what a viewer may see, and not on who they are', () => {
    expect(keyOf(query, {}, { id: 'b', scopes: ['a', 'b'], expiresAt: new Date() })).toBe(keyOf(query))
    const others = [
      { organizationId: null },
      { organizationId: 'org_b' },
      { scopes: ['a'] },
      { scopes: ['a', 'b', 'c'] },
    ]
    for (const other of others) expect(keyOf(query, {}, other)).not.toBe(keyOf(query))
  })

  test('does not depend on where each begins, but where that is asked for elsewhere too', () => {
    expect(keyOf(query, { after: 'x', n: 1 })).toBe(keyOf(query, { after: 'y', n: 1 }))
    expect(keyOf(query, { after: 'x', n: 1 })).not.toBe(keyOf(query, { after: 'x', n: 2 }))
    const twice = 'subscription ($after: String) { changes(after: $after) { id @include(if: $after) } }'
    expect(keyOf(twice, { after: 'x' })).not.toBe(keyOf(twice, { after: 'y' }))
  })
})

/** Resolves when so many subscribers follow the change log. */
async function followed(count: number): Promise<void> {
  const key = await app.key(null, ['metrics:read'])
  for (const deadline = Date.now() + 10_000; ;) {
    const metrics = await (await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text()
    if (metrics.includes(`\nrollcall_feed_subscribers ${count}\n`)) return
    if (Date.now() > deadline) throw new Error(/^rollcall_feed_subscribers .*$/m.exec(metrics)?.[0])
  }
}
