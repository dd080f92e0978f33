import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/gql.ts'
import { purgeTombstones } from '../../src/retention/purge-tombstones.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'
import { momentAfter } from '../support/moment-after.ts'
import { statementsOf } from './statements.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
})
afterAll(() => app.close())

const Then = graphql(`
  query Then($directory: ID!, $groups: [ID!]!, $asOf: DateTime) {
    directory(id: $directory) {
      users(first: 100, asOf: $asOf) {
        totalCount
        nodes {
          id
          email
          firstName
          state
          customAttributes
          deletedAt
        }
      }
    }
    nodes(ids: $groups) {
      ... on DirectoryGroup {
        id
        members(first: 100, asOf: $asOf) {
          totalCount
          nodes {
            id
            email
            state
          }
        }
      }
    }
  }
`)

const PEOPLE = ['ada', 'bob', 'cyd'] as const
const GROUPS = ['ops', 'dev'] as const
const person = fc.constantFrom(...PEOPLE)
const team = fc.constantFrom(...GROUPS)
const step = fc.oneof(
  fc.record({ does: fc.constantFrom('create', 'rename', 'deactivate', 'activate', 'leave'), person, team }),
  fc.record({ does: fc.constantFrom('join', 'part', 'join', 'end', 'begin'), person, team }),
)

const HISTORIES = process.env.LONG_TESTS === undefined ? 12 : 300

test('a past moment is shown as it was then, whatever happened since', { timeout: HISTORIES * 10_000 }, async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      run += 1
      const mine = (id: string) => `${id}-${run}`
      const directory = `${directoryId}_${run}`
      const groups = GROUPS.map((id) => `directory_group_${mine(id)}`)
      const look = async (asOf: string | null) => {
        const seen = await query(app.url, key, Then, { directory, groups, asOf })
        const byId = <One extends { id: string }>(rows: readonly One[]) =>
          rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
        return {
          users: byId(seen.directory?.users.nodes ?? []),
          count: seen.directory?.users.totalCount ?? 0,
          groups: seen.nodes.map((node) => ({
            id: node !== null && 'id' in node ? node.id : null,
            members: node !== null && 'members' in node ? byId(node.members.nodes) : [],
          })),
        }
      }
      const moments: { at: string; seen: Awaited<ReturnType<typeof look>> }[] = []
      for (const [second, { does, person: who, team: where }] of steps.entries()) {
        const one = {
          ...user(mine(who), {
            directory_id: directory,
            first_name: `${who} ${second}`,
            custom_attributes: { n: second },
          }),
        }
        const many = { ...group(mine(where)), directory_id: directory }
        const [type, data] = (
          {
            create: ['dsync.user.created', one],
            rename: ['dsync.user.updated', { ...one, email: `${second}@example.com` }],
            deactivate: ['dsync.user.updated', { ...one, state: 'inactive' }],
            activate: ['dsync.user.updated', one],
            leave: ['dsync.user.deleted', { ...one, state: 'inactive' }],
            join: ['dsync.group.user_added', { directory_id: directory, user: one, group: many }],
            part: ['dsync.group.user_removed', { directory_id: directory, user: one, group: many }],
            begin: ['dsync.group.created', many],
            end: ['dsync.group.deleted', many],
          } as const
        )[does as 'create']
        await app.deliver(event(type, data, second))
        await app.applied()
        const seen = await look(null)
        moments.push({ seen, at: await momentAfter() })
      }
      for (const { at, seen } of moments) {
        const then = await look(at)
        // A group that did not live then is shown with the members that it had: none.
        const members = (groups: typeof seen.groups) => groups.map((one) => one.members)
        expect({ at, ...then, groups: members(then.groups) }).toEqual({ at, ...seen, groups: members(seen.groups) })
      }
    }),
    { numRuns: HISTORIES },
  )
})

test('an attribute that was null then is null, and one that was absent is absent', async () => {
  const directory = `${directoryId}_nulls`
  const pasts: unknown[] = [
    { a: null, b: 1 },
    { a: 1 },
    { a: null, b: null },
    {},
    { a: null },
    JSON.parse('{ "__proto__": null }'),
    { a: null, b: 1 },
  ]
  const moments: string[] = []
  for (const [second, custom_attributes] of pasts.entries()) {
    const type = second === 0 ? 'dsync.user.created' : 'dsync.user.updated'
    await app.deliver(event(type, user('nulls', { directory_id: directory, custom_attributes }), second))
    await app.applied()
    moments.push(await momentAfter())
  }
  await app.deliver(event('dsync.user.deleted', user('nulls', { directory_id: directory }), pasts.length))
  await app.applied()
  const seen = await Promise.all(
    moments.map((asOf) => query(app.url, key, Then, { directory, groups: [], asOf: asOf })),
  )
  const attributes = seen.map((then) => then.directory?.users.nodes[0]?.customAttributes)
  // As text: an own key `__proto__` is not compared otherwise.
  expect(attributes.map((one) => JSON.stringify(one))).toEqual(pasts.map((one) => JSON.stringify(one)))
})

test('the past of many groups takes as many statements as that of one', async () => {
  const own = { directory_id: 'directory_many', organization_id: 'org_many' }
  for (const name of ['a', 'b', 'c']) {
    const there = member(group(`many_${name}`, own), user('many', own), own.directory_id)
    await app.deliver(event('dsync.group.user_added', there, 50))
  }
  const at = await momentWhenApplied()
  const counts: number[] = []
  for (const first of [1, 3]) {
    const statements = await statementsOf(async () => {
      const members = `members(asOf: "${at}") { nodes { id } }`
      const asked = `{ directory(id: "directory_many") { groups(first: ${first}) { nodes { ${members} } } } }`
      const { data } = await ask(app.url, key, asked)
      expect(JSON.stringify(data).match(/directory_user_many/g)).toHaveLength(first)
    })
    counts.push(statements.length)
  }
  expect(counts[1]).toBe(counts[0])
})

async function momentWhenApplied(): Promise<string> {
  await app.applied()
  return momentAfter()
}

test('a moment at which somebody was there who has been purged since is refused, and no other', async () => {
  const own = { directory_id: 'directory_purged', organization_id: 'org_purged' }
  const [ada, ben, ops] = [user('purged_ada', own), user('purged_ben', own), group('purged_ops', own)]
  const told: [string, string, Record<string, unknown>][] = [
    ['nobody but Ben', 'dsync.user.created', ben],
    ['Ada is there', 'dsync.user.created', ada],
    ['Ada is a member', 'dsync.group.user_added', member(ops, ada, own.directory_id)],
    ['Ada is suspended', 'dsync.user.updated', { ...ada, state: 'inactive' }],
    ['Ada is active again', 'dsync.user.updated', ada],
    ['Ada is a member no more', 'dsync.group.user_removed', member(ops, ada, own.directory_id)],
    ['Ada has left', 'dsync.user.deleted', { ...ada, state: 'inactive' }],
    ['Ada is back', 'dsync.user.created', { ...ada, updated_at: '2026-06-25T00:01:07Z' }],
    ['Ada has left again', 'dsync.user.deleted', { ...ada, state: 'inactive' }],
  ]
  const moments: [string, string][] = []
  for (const [second, [what, type, data]] of told.entries()) {
    await app.deliver(event(type, data, 60 + second))
    moments.push([what, await momentWhenApplied()])
  }
  const look = async (of: string, asOf: string) => {
    const { data, errors } = await ask<Record<string, { list: { nodes: { id: string }[] } }>, object>(
      app.url,
      key,
      `{ ${of}(asOf: "${asOf}") { nodes { id } } } }`,
    )
    return errors === undefined
      ? Object.values(data!)[0]!.list.nodes.map(({ id }) => id)
      : errors.map(({ message, extensions }) => ({ message, code: extensions!.code }))
  }
  const seen = async () => {
    const lists: [string, unknown, unknown][] = []
    for (const [what, at] of moments)
      lists.push([
        what,
        await look(`directory(id: "${own.directory_id}") { list: users`, at),
        await look(`directoryGroup(id: "${ops.id}") { list: members`, at),
      ])
    return lists
  }
  const before = await seen()
  const [both, one] = [[ada.id, ben.id], [ben.id]]
  const users = [one, both, both, both, both, both, one, both, one]
  const members = [[], [], [ada.id], [ada.id], [ada.id], [], [], [], []]
  expect(before).toEqual(told.map(([what], n) => [what, users[n], members[n]]))

  while (await purgeTombstones(app.db.pool, new Date('2026-07-01'), new Date()));
  const refused = [
    { message: 'asOf: is not available: a user who was present then has been purged since', code: 'BAD_USER_INPUT' },
  ]
  const had = (list: readonly string[]) => (list.includes(ada.id) ? refused : list)
  const after = told.map(([what], n) => [what, had(users[n]!), had(members[n]!)])
  expect(await seen()).toEqual(after)
  // Nor what is said of somebody who has the same id later.
  await app.deliver(event('dsync.user.created', ada, 200))
  moments.push(['Ada is new', await momentWhenApplied()])
  expect(await seen()).toEqual([...after, ['Ada is new', both, []]])
})

test('who is bound to an organization is refused each moment before the directory came to it, and told of all since then', async () => {
  const own = { directory_id: 'directory_moved', organization_id: 'org_former' }
  const [ada, ben, cyd, ops] = [user('moved_ada', own), user('moved_ben', own), user('moved_cyd', own), group('moved_ops', own)] // oxfmt-ignore
  await app.deliver(event('dsync.activated', directory({ id: own.directory_id, organization_id: 'org_former' }), 300))
  for (const one of [ada, ben]) await app.deliver(event('dsync.group.user_added', member(ops, one, own.directory_id), 301)) // oxfmt-ignore
  await app.deliver(event('dsync.user.updated', { ...ada, first_name: 'Augusta' }, 302))
  const moments = [await momentWhenApplied()]
  await app.deliver(event('dsync.activated', directory({ id: own.directory_id, organization_id: 'org_latter' }), 303))
  moments.push(await momentWhenApplied())
  for (const [n, one] of [ada, cyd].entries()) await app.deliver(event('dsync.user.deleted', one, 304 + n))
  moments.push(await momentWhenApplied())
  const look = async (viewer: string) => {
    const seen: unknown[] = []
    for (const at of moments)
      for (const list of [
        `directory(id: "${own.directory_id}") { list: users`,
        `directoryGroup(id: "${ops.id}") { list: members`,
      ]) {
        const { data, errors } = await ask<Record<string, { list: { nodes: { id: string }[] } } | null>, object>(
          app.url,
          viewer,
          `{ ${list}(asOf: "${at}") { nodes { id } } } }`,
        )
        seen.push(errors?.map(({ message }) => message) ?? Object.values(data!)[0]?.list.nodes.map(({ id }) => id))
      }
    return seen
  }
  const since = [[ada.id, ben.id], [ada.id, ben.id], [ben.id], [ben.id]]
  const refused = ['asOf: is before the directory belonged to the organization']
  expect(await look(await app.key('org_latter'))).toEqual([refused, refused, ...since])
  expect(await look(key)).toEqual([...since.slice(0, 2), ...since])
})

test('a moment that the log cannot answer for is refused, and so is what looks at the present', async () => {
  const refused = async (args: string, field = 'users') => {
    const { errors } = await ask(
      app.url,
      key,
      `{ directory(id: "${directoryId}_1") { ${field}(${args}) { totalCount } } }`,
    )
    return errors?.[0]?.extensions
  }
  const now = new Date().toISOString()
  expect(await refused('asOf: "2999-01-01T00:00:00Z"')).toMatchObject({ code: 'BAD_USER_INPUT' })
  expect(await refused(`asOf: "${now}", filter: { state: [ACTIVE] }`)).toMatchObject({ code: 'BAD_USER_INPUT' })
  expect(await refused(`asOf: "${now}", orderBy: { field: NAME }`)).toMatchObject({ code: 'BAD_USER_INPUT' })
  await app.db.pool.query('update change_clock set purged_through = 5')
  await app.db.pool.query('delete from change where position <= 5')
  expect(await refused('asOf: "2020-01-01T00:00:00Z"')).toMatchObject({ code: 'BAD_USER_INPUT' })
  expect(await refused(`asOf: "${now}"`)).toBeUndefined()
})

test('statements about a past moment are not prepared: each moment has its own', async () => {
  const own = { directory_id: `${directoryId}_unprepared` }
  await app.deliver(event('dsync.activated', directory({ id: own.directory_id })))
  await app.deliver(event('dsync.group.created', group('unprepared', own)))
  await app.applied()
  const asked = { directory: own.directory_id, groups: ['directory_group_unprepared'], asOf: await momentAfter() }
  const statements = await statementsOf(() => query(app.url, key, Then, asked))
  const counts = statements.filter(({ text }) => /count\(.* from \(?/.test(text))
  expect(counts.map(({ name }) => name)).toEqual([undefined, undefined])
})
