import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { lookupsOf } from './lookups.ts'

let app: TestApp
let every: string
let own: string
let anothers: string
beforeAll(async () => {
  app = await startTestApp()
  every = await app.key()
  own = await app.key('org_test')
  anothers = await app.key('org_another')
  await app.deliver(event('dsync.activated', directory({ id: 'directory_another', organization_id: 'org_another' })))
  for (const name of ['a', 'b']) {
    const of = { directory_id: `directory_${name}` }
    await tell('dsync.activated', directory({ id: of.directory_id }))
    await tell('dsync.user.created', user(name, of))
    await tell('dsync.group.created', group(name, of))
    await tell('dsync.group.user_added', member(group(name, of), user(name, of), of.directory_id))
  }
})
afterAll(() => app.close())

async function tell(type: string, data: Record<string, unknown>): Promise<void> {
  expect(await app.deliver(event(type, data))).toBe(200)
  await app.applied()
}
const rename = (id: string, name: string) =>
  tell('dsync.user.updated', user(id, { directory_id: `directory_${id}`, name }))

const PEOPLE = `query ($id: ID!) { directoryUsers(filter: { directoryId: $id }) { nodes { name groups { nodes { name } } } } }`
const GROUPS = `query ($id: ID!) { directory(id: $id) { groups { nodes { name members { nodes { name } } } } } }`
const ALL = '{ directoryUsers { nodes { name } } }'
const AROUND = `query ($id: ID!) { directory(id: $id) { organization { directories { nodes { users { nodes { name } } } } } } }`

/** What it is answered, and whether from memory. */
async function answered(question: string, directoryId: string | null, key = own): Promise<[string, 'HIT' | 'MISS']> {
  const { hit } = await lookupsOf(app, every)
  const { data, errors } = await ask<object, { id: string | null }>(app.url, key, question, { id: directoryId })
  expect(errors).toBeUndefined()
  return [JSON.stringify(data), (await lookupsOf(app, every)).hit > hit ? 'HIT' : 'MISS']
}

async function warm(questions: readonly string[], directoryIds: readonly (string | null)[], key = own): Promise<void> {
  const asked = directoryIds.flatMap((id) => questions.map((question) => ({ question, id })))
  const ofAll = async () => {
    const from: string[] = []
    for (const { question, id } of asked) from.push((await answered(question, id, key))[1])
    return from
  }
  await ofAll() // which is not kept before it is asked again
  await ofAll() // which nobody remembers if nobody had looked before whether anything has come
  await ofAll()
  expect(await ofAll()).toEqual(asked.map(() => 'HIT'))
}

const [a, b] = ['directory_a', 'directory_b']

test('a change in one directory leaves what was answered of another one of its organization, and makes its own old', async () => {
  await warm([PEOPLE, GROUPS, AROUND], [a, b])
  await warm([ALL], [null])
  await rename('b', 'Somebody Else')
  for (const question of [PEOPLE, GROUPS])
    expect(await answered(question, a)).toEqual([expect.not.stringContaining('Somebody Else'), 'HIT'])
  const isNew = [expect.stringContaining('Somebody Else'), 'MISS']
  for (const question of [PEOPLE, GROUPS, AROUND]) expect(await answered(question, b)).toEqual(isNew)
  expect(await answered(AROUND, a)).toEqual(isNew)
  expect(await answered(ALL, null)).toEqual(isNew)
})

test('what changes of the groups and memberships of a directory makes old what was answered of its users', async () => {
  const of = { directory_id: a }
  await warm([PEOPLE, GROUPS], [a, b])
  await tell('dsync.group.updated', group('a', { ...of, name: 'Renamed' }))
  expect(await answered(PEOPLE, a)).toEqual([expect.stringContaining('Renamed'), 'MISS'])
  expect((await answered(PEOPLE, b))[1]).toBe('HIT')
  await warm([PEOPLE, GROUPS], [a])
  await tell('dsync.group.user_removed', member(group('a', { ...of, name: 'Renamed' }), user('a', of), a))
  expect(await answered(PEOPLE, a)).toEqual([expect.not.stringContaining('Renamed'), 'MISS'])
  expect(await answered(GROUPS, a)).toEqual([expect.stringContaining('"members":{"nodes":[]}'), 'MISS'])
  expect((await answered(PEOPLE, b))[1]).toBe('HIT')
})

test('a directory that was not there is, once it is told of, also for whoever sees all', async () => {
  for (const key of [own, every]) await warm([PEOPLE, GROUPS], ['directory_new'], key)
  await tell('dsync.user.created', user('new', { directory_id: 'directory_new', name: 'New One' }))
  for (const key of [own, every])
    expect(await answered(PEOPLE, 'directory_new', key)).toEqual([expect.stringContaining('New One'), 'MISS'])
})

test('Law 8: the same words and the same directory get another organization nothing of it, before and after it comes to own it', async () => {
  const NAME =
    'query ($id: ID!) { directory(id: $id) { name } directoryUsers(filter: { directoryId: $id }) { nodes { name } } }'
  const seen = async () => [(await answered(NAME, b))[0], (await answered(NAME, b, anothers))[0]]
  const nothing = '{"directory":null,"directoryUsers":{"nodes":[]}}'
  for (const key of [own, anothers]) await warm([NAME], [b], key)
  const before = await seen()
  expect(before[0]).toContain('Somebody Else')
  expect(before[1]).toBe(nothing)
  await rename('b', 'Before')
  expect((await answered(NAME, b, anothers))[0]).toBe(nothing)
  for (const key of [own, anothers]) await warm([NAME], [b], key)
  await tell('dsync.activated', directory({ id: b, organization_id: 'org_another' }))
  const after = await seen()
  expect(after[0]).toBe(nothing)
  expect(after[1]).toContain('Before')
})
