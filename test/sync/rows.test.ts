// Rows are the same whatever came first: cases that the property of test/laws found, each by its name.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
beforeEach(() => inbox.empty())
afterAll(() => inbox.close())

const COLUMNS = {
  directory: 'id, organization_id, name, state, deleted_at, last_event_at',
  directory_user:
    'id, organization_id, state, active, email, name, custom_attributes, deleted_at, created_at, updated_at',
  directory_group: 'id, organization_id, state, name, deleted_at',
  membership: 'group_id, user_id, present, visible',
}

async function rows(): Promise<Record<string, unknown[]>> {
  const tables = Object.entries(COLUMNS).map(async ([table, columns]) => {
    const { rows: found } = await inbox.db.pool.query(`select ${columns} from ${table} order by 1, 2`)
    return [table, found] as const
  })
  return Object.fromEntries(await Promise.all(tables))
}

/** Delivers one after the other, in this order and in the opposite one: the rows must be the same. Gives them. */
async function bothWays(...events: object[]): Promise<Record<string, unknown[]>> {
  const deliver = async (inOrder: readonly object[]) => {
    await inbox.empty()
    for (const one of inOrder) {
      await inbox.receive(one)
      await inbox.applyAll()
    }
    return rows()
  }
  const found = await deliver(events)
  expect(await deliver(events.toReversed())).toEqual(found)
  return found
}

const ada = user('ada')
const at = (second: number) => new Date(Date.UTC(2026, 5, 25, 0, 0, second))

test('a user who was gone before the directory was deleted has its deletion, whichever came first', async () => {
  const found = await bothWays(event('dsync.user.deleted', ada, 5), event('dsync.deleted', directory(), 9))
  expect(found.directory_user).toMatchObject([{ state: 'DELETED', deleted_at: at(9) }])
})

test('old news of a user who was gone before the directory was deleted changes nothing', async () => {
  await inbox.receive(event('dsync.user.deleted', ada, 5), event('dsync.deleted', directory(), 9))
  await inbox.applyAll()
  const before = await rows()
  await inbox.receive(event('dsync.user.updated', ada, 2), event('dsync.user.deleted', ada, 3))
  await inbox.applyAll()
  expect((await rows()).directory_user).toMatchObject([{ state: 'DELETED', deleted_at: at(9) }])
  expect((await rows()).membership).toEqual(before.membership)
})

test('a user who is named only in an event that is older than the end of the directory has a tombstone', async () => {
  const bare = { id: ada.id }
  const found = await bothWays(
    event('dsync.group.user_added', member({ id: group('ops').id }, bare), 2),
    event('dsync.deleted', directory(), 9),
  )
  expect(found.directory_user).toMatchObject([{ id: ada.id, state: 'DELETED', deleted_at: at(9) }])
  expect(found.membership).toMatchObject([{ present: true, visible: false }])
})

test('users who name different organizations do not race for the directory: the greatest id has it', async () => {
  const found = await bothWays(
    event('dsync.user.created', user('ada', { organization_id: 'org_a' }), 1),
    event('dsync.user.created', user('bob', { organization_id: 'org_b' }), 2),
    event('dsync.user.created', user('cyd', { organization_id: 'org_a' }), 3),
  )
  expect(found.directory).toMatchObject([{ organization_id: 'org_b' }])
  expect(found.directory_user).toMatchObject([1, 2, 3].map(() => ({ organization_id: 'org_b' })))
})

test('what the directory says of its organization counts more than what its users say, and moves their rows', async () => {
  const found = await bothWays(
    event('dsync.activated', directory({ organization_id: 'org_own' }), 1),
    event('dsync.user.created', user('ada', { organization_id: 'org_zzz' }), 2),
    event('dsync.group.created', group('ops', { organization_id: 'org_zzz' }), 2),
  )
  expect(found.directory).toMatchObject([{ organization_id: 'org_own' }])
  expect(found.directory_user).toMatchObject([{ organization_id: 'org_own' }])
  expect(found.directory_group).toMatchObject([{ organization_id: 'org_own' }])
})

test('a directory that comes back in a state that is not active is told to be back', async () => {
  const validating = directory({ state: 'validating' })
  for (const [index, one] of [
    event('dsync.activated', validating, 1),
    event('dsync.deleted', validating, 2),
    event('dsync.activated', validating, 3),
  ].entries()) {
    await inbox.receive(one)
    await inbox.applyAll()
    expect(await inbox.list('select count(*) from change'), `after ${index}`).toEqual([index + 1])
  }
  expect(await inbox.list('select kind from change order by position')).toEqual([
    'DIRECTORY_UPDATED',
    'DIRECTORY_DELETED',
    'DIRECTORY_ACTIVATED',
  ])
})

test('an event that is FAILED because it names another directory leaves nothing behind, not even the directory', async () => {
  await inbox.receive(event('dsync.user.created', ada, 1))
  await inbox.applyAll()
  const before = await rows()
  const elsewhere = 'directory_elsewhere'
  const ids = [
    event('dsync.user.deleted', { ...ada, directory_id: elsewhere, organization_id: 'org_elsewhere' }, 5),
    event('dsync.group.user_added', member({ id: 'directory_group_new' }, { id: ada.id }, elsewhere), 6),
    event('dsync.user.created', user('bob', { directory_id: elsewhere }), 7),
    event('dsync.group.user_added', member({ id: 'directory_group_new' }, { id: ada.id }, elsewhere), 8),
  ]
  await inbox.receive(...ids.slice(0, 2))
  await inbox.applyAll()
  expect(await rows()).toEqual(before)
  expect(await inbox.list('select id from organization')).toEqual(['org_test'])
  for (const { id } of ids.slice(0, 2)) expect((await inbox.event(id)).status).toBe('FAILED')
  // In the batch of a good one.
  await inbox.receive(...ids.slice(2))
  await inbox.applyAll()
  expect((await inbox.event(ids[3]!.id)).status).toBe('FAILED')
  expect((await rows()).directory).toMatchObject([{ id: elsewhere, last_event_at: at(7) }, { id: directoryId }])
  expect(await inbox.list('select id from directory_group')).toEqual([])
})

test('a user whom two directories claim at the same time is of the one that was first, and the other event is FAILED', async () => {
  const claimed = event('dsync.user.created', { ...ada, directory_id: 'directory_b', first_name: 'Eve' }, 2)
  await inbox.receive(claimed)
  const first = await inbox.db.pool.connect()
  try {
    await first.query('begin')
    await first.query(`insert into directory (id, name, type, state, domains, created_at, updated_at)
                       values ('directory_a', '', '', 'ACTIVE', '{}', now(), now())`)
    await first.query(`insert into directory_user (id, directory_id, idp_id, emails, state, active, custom_attributes,
                         raw_attributes, idp_roles, created_at, updated_at, sort_name, sort_email, search_text)
                       values ('${ada.id}', 'directory_a', '', '[]', 'ACTIVE', true, '{}', '{}', '{}', now(), now(), '', '', '')`)
    const second = inbox.applyAll() // looks, finds nobody, and has to wait for the row
    const waiting = `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(() => inbox.list(waiting), { timeout: 20_000 }).toEqual([1])
    await first.query('commit')
    await second
  } finally {
    first.release()
  }
  expect(await inbox.list('select directory_id from directory_user')).toEqual(['directory_a'])
  expect(await inbox.event(claimed.id)).toMatchObject({
    status: 'FAILED',
    error: `${ada.id} belongs to directory_a; an event of directory_b cannot change it`,
  })
})

test('somebody whose id is of the year 10889 is the same alone and among many, and does not keep the directory from its end', async () => {
  const odd = { ...user('7ZZZZZZZZZZZZZZZZZZZZZZZZZ'), created_at: undefined, updated_at: undefined }
  const born = async () => {
    const text = `select created_at from directory_user where id = '${odd.id}'`
    return (await inbox.list<Date>(text))[0]
  }
  await inbox.receive(event('dsync.activated', directory(), 1), event('dsync.user.created', odd, 2))
  await inbox.applyAll()
  const alone = await born()
  expect(alone).toBeInstanceOf(Date)

  await inbox.empty()
  await inbox.receive(event('dsync.activated', directory(), 1), event('dsync.user.created', odd, 2))
  for (let n = 0; n < 20; n += 1) await inbox.receive(event('dsync.user.created', user(`u${n}`), 3))
  await inbox.applyAll()
  expect(await born()).toEqual(alone)

  await inbox.receive(event('dsync.deleted', directory(), 9))
  await inbox.applyAll()
  expect(await inbox.list(`select count(*)::int from directory_user where state <> 'DELETED'`)).toEqual([0])
})
