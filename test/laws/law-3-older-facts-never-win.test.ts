import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EventType } from '../../src/directory/events.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import type { WireEvent } from './history.ts'
import { oracle } from './oracle.ts'
import { replay } from './replay.ts'
import { rowsOf } from './rows.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
afterAll(() => inbox.close())

let customers = 0
/** Payloads of a customer of its own: each version of a thing has other values. */
function customer() {
  customers += 1
  const ulid = (n: number) => `01JZ0000A0${`${customers}`.padStart(12, '0')}${`${n}`.padStart(4, '0')}`
  const directoryId = `directory_${ulid(0)}`
  const own = { directory_id: directoryId }
  const ada = (version: number) =>
    user('ada', {
      ...own,
      id: `directory_user_${ulid(1)}`,
      email: `${version}@example.com`,
      custom_attributes: { version },
      emails: [version],
      roles: [{ slug: `v${version}` }],
      raw_attributes: { version },
      username: `v${version}`,
      job_title: `v${version}`,
    })
  const ops = (version: number) =>
    group('ops', { ...own, id: `directory_group_${ulid(2)}`, name: `${version}`, raw_attributes: { version } })
  const data = (type: EventType, version: number) => {
    if (type.startsWith('dsync.group.user_')) return member(ops(version), ada(version), directoryId)
    if (type.startsWith('dsync.group.')) return ops(version)
    if (type.startsWith('dsync.user.')) return ada(version)
    return directory({ id: directoryId, name: `${version}` })
  }
  return {
    directoryId,
    tell: (type: EventType, second: number, version = second) =>
      event(type, data(type, version), second) as unknown as WireEvent,
  }
}

async function apply(one: WireEvent): Promise<string> {
  await inbox.receive(one)
  await inbox.applyAll()
  return (await inbox.event(one.id)).status
}

const ofUser = ['dsync.user.created', 'dsync.user.updated', 'dsync.user.deleted'] as const
const ofGroup = ['dsync.group.created', 'dsync.group.updated', 'dsync.group.deleted'] as const
const ofMembership = ['dsync.group.user_added', 'dsync.group.user_removed'] as const
const ofDirectory = ['dsync.activated', 'dsync.deactivated', 'dsync.deleted'] as const
const pairs = [ofUser, ofGroup, ofMembership].flatMap((types) =>
  types.flatMap((newer) => types.map((older) => [older, newer] as const)),
)

test.each(pairs)(
  'Law 3: %s that is older than %s of the same thing is STALE and changes nothing',
  async (older, newer) => {
    const { directoryId, tell } = customer()
    // Being removed does not prove that somebody lives, so an older fact that does would be news.
    if (newer === 'dsync.group.user_removed')
      for (const type of ['dsync.user.created', 'dsync.group.created'] as const) await apply(tell(type, 7))
    await apply(tell(newer, 9))
    const before = await rowsOf(inbox.db.pool, [directoryId])
    const changes = await inbox.list('select count(*) from change')
    expect(await apply(tell(older, 5))).toBe('STALE')
    expect(await rowsOf(inbox.db.pool, [directoryId])).toEqual(before)
    expect(await inbox.list('select count(*) from change')).toEqual(changes)
  },
)

test('Law 3: of two facts of one millisecond the one with the greater event id wins, whichever comes first', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const { directoryId, tell } = customer()
    const both = [1, 2].map((version) => ({
      ...tell('dsync.user.updated', 5, version),
      id: `event_${customers}_${version}`,
    }))
    for (const index of order) await apply(both[index]!)
    const { users } = await rowsOf(inbox.db.pool, [directoryId])
    expect(Object.values(users)[0]).toMatchObject({ email: '2@example.com' })
  }
})

test('Law 3: the clock of a user says nothing about memberships, nor that of a membership about another', async () => {
  const { directoryId, tell } = customer()
  await apply(tell('dsync.user.updated', 9))
  await apply(tell('dsync.group.updated', 9))
  expect(await apply(tell('dsync.group.user_added', 3))).toBe('APPLIED')
  const { users, groups, memberships } = await rowsOf(inbox.db.pool, [directoryId])
  expect(memberships).toHaveLength(1)
  expect([Object.values(users)[0]!.email, Object.values(groups)[0]!.name]).toEqual(['9@example.com', '9'])
})

test('Law 3: news in part and news of the whole each win where they are newer', async () => {
  const { directoryId, tell } = customer()
  const partial = tell('dsync.group.user_removed', 7)
  const data = partial.data as { user: Record<string, unknown> }
  const only = { ...partial, data: { ...data, user: { id: data.user.id, email: '7@example.com' } } }
  await apply(only)
  await apply(tell('dsync.user.created', 5))
  expect(Object.values((await rowsOf(inbox.db.pool, [directoryId])).users)[0]).toMatchObject({
    email: '7@example.com',
    username: 'v5',
    state: 'ACTIVE',
  })
})

test(
  'Law 3: orders of six events of all scopes end in the same rows, and in a log that tells them',
  { timeout: 120_000 },
  async () => {
    const types = [
      ['dsync.user.created', 1],
      ['dsync.group.user_added', 2],
      ['dsync.user.deleted', 3],
      ['dsync.deleted', 4],
      ['dsync.user.updated', 5],
      ['dsync.group.created', 6],
    ] as const
    // All 720 in the long run; else a quarter, each of which begins and ends with every event in turn.
    const orders = permutations(types.map((_, index) => index))
    const tried = orders.filter((_order, index) => process.env.LONG_TESTS !== undefined || index % 4 === 0)
    const all = tried.map((order) => {
      const { directoryId, tell } = customer()
      return { directoryId, order, events: types.map(([type, at]) => tell(type, at)) }
    })
    // All customers at once, an event of each at a time.
    for (let step = 0; step < types.length; step += 1) {
      await inbox.receive(...all.map(({ order, events }) => events[order[step]!]!))
      await inbox.applyAll()
    }
    const ids = all.map(({ directoryId }) => directoryId)
    expect(await rowsOf(inbox.db.pool, ids)).toEqual(oracle(all.flatMap(({ events }) => events)))
    const log = await replay(inbox.db.pool, ids)
    expect([log.users.size, log.groups.size, log.memberships.size]).toEqual([all.length, all.length, all.length])
  },
)

test('Law 3: old news of a directory itself is STALE', async () => {
  for (const newer of ofDirectory)
    for (const older of ofDirectory) {
      const { directoryId, tell } = customer()
      await apply(tell('dsync.activated', 8, 8))
      await apply(tell(newer, 9))
      const before = await rowsOf(inbox.db.pool, [directoryId])
      const status = await apply(tell(older, 5))
      // A deletion is a fact of its own scope: the first one that is heard of counts, also where the directory is back.
      expect(status).toBe(older === 'dsync.deleted' && newer !== 'dsync.deleted' ? 'APPLIED' : 'STALE')
      expect(await rowsOf(inbox.db.pool, [directoryId])).toEqual(before)
    }
})

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]))
}
