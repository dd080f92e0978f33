import { afterAll, beforeAll, expect, test } from 'vitest'
import { learnOrganizations } from '../../src/pull/learn-organizations.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { lookupsOf } from './lookups.ts'

let app: TestApp
let every: string
beforeAll(async () => {
  app = await startTestApp()
  every = await app.key()
})
afterAll(() => app.close())

type Fields = Record<string, unknown>
interface World {
  readonly id: string
  readonly directoryId: string
  readonly organizationId: string
  readonly tell: (type: string, data: Fields, second: number) => Promise<void>
  readonly own: Fields
}

const FIELDS = 'id state createdAt updatedAt deletedAt'
const later = { updated_at: '2026-06-26T00:00:00.000Z' }

/** What is written though no change tells of it, one by one: what it is asked by, and what brings it. */
const cases: Record<string, { ask: (world: World) => string; first?: Tell; next: Tell; by?: 'all' }> = {
  "a user's clock": {
    ask: ({ directoryId }) => `{ directory(id: "${directoryId}") { users { nodes { ${FIELDS} } } } }`,
    first: ({ id, own, tell }) => tell('dsync.user.created', user(id, own), 1),
    next: ({ id, own, tell }) => tell('dsync.user.updated', user(id, { ...own, ...later }), 2),
  },
  "a group's clock": {
    ask: ({ directoryId }) => `{ directory(id: "${directoryId}") { groups { nodes { ${FIELDS.replace('state', '')} } } } }`, // oxfmt-ignore
    first: ({ id, own, tell }) => tell('dsync.group.created', group(id, own), 1),
    next: ({ id, own, tell }) => tell('dsync.group.updated', group(id, { ...own, ...later }), 2),
  },
  "a directory's clock": {
    ask: ({ directoryId }) => `{ directory(id: "${directoryId}") { ${FIELDS} } }`,
    next: ({ directoryId, own, tell }) => tell('dsync.activated', directory({ ...own, id: directoryId, ...later }), 2),
  },
  'what is learned of a tombstone': {
    ask: ({ directoryId }) =>
      `{ directory(id: "${directoryId}") { users(filter: { state: [DELETED] }) { nodes { ${FIELDS} name } } } }`,
    first: async ({ id, own, tell }) => {
      await tell('dsync.user.created', user(id, own), 1)
      await tell('dsync.user.deleted', user(id, own), 2)
    },
    next: ({ id, own, tell }) => tell('dsync.user.deleted', user(id, { ...own, name: 'Other' }), 3),
  },
  'a directory that goes to another organization, for the one that it leaves': {
    ask: ({ directoryId }) => `{ directory(id: "${directoryId}") { id name } directories { nodes { id } } }`,
    next: ({ id, directoryId, own, tell }) =>
      tell('dsync.activated', directory({ ...own, id: directoryId, organization_id: `org_of_another_${id}` }), 2),
  },
  'a directory that is known by its id alone': {
    ask: () => '{ directories { totalCount } }',
    next: ({ id, tell }) => tell('dsync.group.user_removed', bare(id, `directory_new_${id}`), 2),
    by: 'all',
  },
  'somebody who comes to be known as a tombstone': {
    ask: ({ directoryId }) => `{ directory(id: "${directoryId}") { userCount(state: DELETED) } }`,
    first: ({ directoryId, own, tell }) => tell('dsync.deleted', directory({ ...own, id: directoryId }), 100),
    next: ({ id, directoryId, tell }) => tell('dsync.group.user_removed', bare(id, directoryId), 1),
  },
  'what an organization is called': {
    ask: ({ directoryId }) => `{ directory(id: "${directoryId}") { organization { name } } }`,
    next: async ({ organizationId }) => {
      await app.db.pool.query('update organization set asked_at = now()')
      await app.db.pool.query('update organization set asked_at = null where id = $1', [organizationId])
      const snapshot = { organizationName: (id: string) => Promise.resolve(`The name of ${id}`) }
      await learnOrganizations({ db: app.db, snapshot, now: () => new Date(), stopped: () => false })
    },
  },
}
const bare = (id: string, directoryId: string) =>
  member({ id: `directory_group_${id}` }, { id: `directory_user_${id}` }, directoryId)

type Tell = (world: World) => Promise<void>

test.for(Object.entries(cases))(
  '%s is in the next answer',
  async ([, { ask: question, first, next, by }], { task }) => {
    const id = `w${task.id.replaceAll(/\W/g, '')}`
    const [directoryId, organizationId] = [`directory_${id}`, `org_${id}`]
    const own = { directory_id: directoryId, organization_id: organizationId }
    const tell: World['tell'] = async (type, data, second) => {
      expect(await app.deliver(event(type, data, second))).toBe(200)
      await app.applied()
    }
    const world: World = { id, directoryId, organizationId, own, tell }
    await tell('dsync.activated', directory({ ...own, id: directoryId }), 0)
    await first?.(world)

    const key = by === 'all' ? every : await app.key(organizationId)
    const text = question(world)
    const data = async () => (await ask(app.url, key, text)).data
    const before = [await data(), await data(), await data()]
    const { hit } = await lookupsOf(app, every)
    expect(await data()).toEqual(before[0])
    expect((await lookupsOf(app, every)).hit).toBe(hit + 1)
    const log = 'select from change where organization_id = $1 or organization_id is null'
    const changes = async () => (await app.db.pool.query(log, [organizationId])).rowCount
    const told = await changes()
    await next(world)
    // Else this would be no case of it.
    expect(await changes()).toBe(told)
    expect(await data()).not.toEqual(before[0])
  },
)
