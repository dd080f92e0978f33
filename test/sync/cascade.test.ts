import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { applyDue } from '../../src/inbox/apply-due.ts'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
beforeEach(() => inbox.empty())
afterAll(() => inbox.close())

const ops = group('ops')
const people = (count: number, from = 0) => Array.from({ length: count }, (_, index) => user(`u${from + index}`))
const joining = (users: readonly object[], at = 2, to = ops) =>
  users.map((one) => event('dsync.group.user_added', member(to, one), at))
const visible = () => inbox.list<number>('select count(*) from membership where visible')
const cascading = () => inbox.list<boolean>('select cascading from directory_group where cascading')

test('Law 10: a group of 2,300 that is deleted hides its memberships in transactions of 1,000, and shows them so again', async () => {
  await inbox.receive(...joining(people(2_300)))
  await inbox.applyAll()
  expect(await visible()).toEqual([2_300])
  for (const [index, [type, left]] of (
    [
      ['dsync.group.deleted', 0],
      ['dsync.group.created', 2_300],
    ] as const
  ).entries()) {
    await inbox.receive(event(type, ops, 10 + index))
    await inbox.applyAll()
    expect([await visible(), await cascading()]).toEqual([[left], []])
  }
  const kinds = await inbox.list<string>(
    `select kind || ' ' || count(*) from change where occurred_at > '2026-06-25 00:00:09Z' group by kind, xmin::text`,
  )
  expect(kinds.sort()).toEqual([
    'DIRECTORY_GROUP_CREATED 1',
    'DIRECTORY_GROUP_DELETED 1',
    'MEMBERSHIP_ADDED 1000',
    'MEMBERSHIP_ADDED 1000',
    'MEMBERSHIP_ADDED 300',
    'MEMBERSHIP_REMOVED 1000',
    'MEMBERSHIP_REMOVED 1000',
    'MEMBERSHIP_REMOVED 300',
  ])
  expect(await inbox.list('select distinct event_id from change where occurred_at > $1', '2026-06-25 00:00:09Z')).toHaveLength(2) // oxfmt-ignore
})

test('groups that are deleted in one transaction hide up to 1,000 memberships each, which name the deletion of their own group', async () => {
  const dev = group('dev')
  await inbox.receive(...joining(people(700)), ...joining(people(700), 2, dev))
  await inbox.applyAll()
  const ends = [event('dsync.group.deleted', ops, 10), event('dsync.group.deleted', dev, 11)]
  await inbox.receive(...ends)
  await applyDue({ ...inbox.context(), stopped: () => true }, '')
  expect([await visible(), await cascading()]).toEqual([[0], []])
  const told = await inbox.list<string>(`
    select distinct group_id || ' ' || event_id from change where kind in ('MEMBERSHIP_REMOVED', 'DIRECTORY_GROUP_DELETED') order by 1`)
  expect(told).toEqual([`${dev.id} ${ends[1]!.id}`, `${ops.id} ${ends[0]!.id}`])
})

test('a group of more than 500 that is named as a mapping asks gives all of its members the role', async () => {
  await inbox.db.pool.query(`
    insert into role (id, slug, name) values ('role_staff', 'staff', 'Staff');
    insert into role_mapping (id, match, value) values ('role_mapping_staff', 'NAME_EQUALS', 'Everybody');
    insert into role_mapping_role values ('role_mapping_staff', 'role_staff')`)
  await inbox.receive(...joining(people(520)))
  await inbox.applyAll()
  expect(await inbox.list('select count(*) from role_grant')).toEqual([0])
  await inbox.receive(event('dsync.group.updated', { ...ops, name: 'Everybody' }, 10))
  await inbox.applyAll()
  expect(await inbox.list('select count(*) from role_grant where visible')).toEqual([520])
})

test('a group that is back before all its memberships were hidden shows each of them once', async () => {
  await inbox.receive(...joining(people(1_500)))
  await inbox.applyAll()
  await inbox.receive(event('dsync.group.deleted', ops, 10))
  await applyDue({ ...inbox.context(), batchSize: 1, stopped: () => true }, '')
  expect([await visible(), await cascading()]).toEqual([[500], [true]])
  await inbox.receive(event('dsync.group.created', ops, 11))
  await inbox.applyAll()
  expect([await visible(), await cascading()]).toEqual([[1_500], []])
  const counts = await inbox.list<number>(
    `select count(*) filter (where kind = 'MEMBERSHIP_ADDED') - count(*) filter (where kind = 'MEMBERSHIP_REMOVED')
     from change group by user_id having user_id is not null`,
  )
  expect(new Set(counts)).toEqual(new Set([1]))
})

test('a directory that comes back before its end reached all users keeps those who came back, and ends the others', async () => {
  await inbox.receive(...people(1_200).map((one) => event('dsync.user.created', one, 1)))
  await inbox.applyAll()
  await inbox.receive(event('dsync.deleted', directory(), 10))
  await applyDue({ ...inbox.context(), stopped: () => true }, '')
  await inbox.receive(
    event('dsync.activated', directory(), 11),
    ...people(3, 500).map((one) => event('dsync.user.created', one, 12)),
    ...people(3, 600).map((one) => event('dsync.user.updated', one, 9)),
  )
  await inbox.applyAll()
  expect(await inbox.list(`select id from directory_user where state = 'ACTIVE' order by id`)).toEqual(
    people(3, 500).map(({ id }) => id),
  )
  expect(await inbox.list('select count(*) from directory_user where deleted_at is not null')).toEqual([1_197])
  expect(await inbox.list('select cascade_after from directory')).toEqual([null])
})

test('whoever is in the batch of the deletion ends in its transaction, and whoever is told of before the cascade is there too', async () => {
  const [ada, bob] = [user('ada'), user('bob')]
  await inbox.receive(event('dsync.user.created', bob, 1))
  await inbox.applyAll()
  await inbox.receive(event('dsync.group.user_added', member(ops, ada), 2), event('dsync.deleted', directory(), 10))
  const once = { ...inbox.context(), stopped: () => true }
  await applyDue(once, '')
  const living = () => inbox.list(`select id from directory_user where state = 'ACTIVE'`)
  expect([await living(), await visible()]).toEqual([[bob.id], [0]])
  await inbox.receive(event('dsync.user.updated', { ...bob, first_name: 'old news' }, 9))
  await applyDue(once, '')
  expect(await living()).toEqual([])
  expect(await inbox.list('select cascade_after from directory')).toEqual([''])
})

test('a second deletion while the first is on its way begins anew, and ends who came in between', async () => {
  await inbox.receive(...people(700).map((one) => event('dsync.user.created', one, 1)))
  await inbox.applyAll()
  await inbox.receive(event('dsync.deleted', directory(), 10))
  await inbox.applyAll()
  await inbox.receive(
    event('dsync.activated', directory(), 11),
    ...people(5).map((one) => event('dsync.user.created', one, 12)),
    event('dsync.deleted', directory(), 13),
  )
  await inbox.applyAll({ batchSize: 2 })
  expect(await inbox.list(`select id from directory_user where state <> 'DELETED'`)).toEqual([])
  expect(await inbox.list('select count(*) from directory_user where deleted_at = $1', '2026-06-25 00:00:13Z')).toEqual(
    [700],
  )
})

test('an older deletion that comes after a newer one changes nothing', async () => {
  await inbox.receive(event('dsync.user.created', user('ada'), 1), event('dsync.deleted', directory(), 10))
  await inbox.applyAll()
  const old = event('dsync.deleted', directory(), 5)
  await inbox.receive(old)
  await inbox.applyAll()
  expect(await inbox.event(old.id)).toMatchObject({ status: 'STALE' })
  expect(await inbox.list('select extract(second from deleted_at)::int from directory_user')).toEqual([10])
})

test('a deletion reaches every user whatever order of texts the database has', async () => {
  // In ICU's order `_` and case count last; in JavaScript's order they count like any other character.
  const admin = new pg.Client({ connectionString: inbox.connectionString })
  await admin.connect()
  const name = `icu_${directoryId}_${process.pid}`
  await admin.query(`create database ${name} template template0 locale_provider icu icu_locale 'en'`)
  try {
    const url = inbox.connectionString.replace(/@\/\w+/, `@/${name}`)
    await migrate(url)
    const db = openDatabase({ connectionString: url, size: 2, onIdleError: () => {} })
    try {
      const users = Array.from({ length: 1_500 }, (_, index) =>
        user(`${index % 2 === 0 ? 'a' : 'B'}${index % 3 === 0 ? '_' : 'x'}${index}`),
      )
      const events = [
        ...users.map((one) => event('dsync.user.created', one, 1)),
        event('dsync.deleted', directory(), 9),
      ]
      await db.pool.query(
        `insert into inbox_event (id, type, directory_id, source, status, body, occurred_at)
         select e->>'id', e->>'event', $2, 'WEBHOOK', 'PENDING', convert_to(e::text, 'UTF8'), (e->>'created_at')::timestamptz
         from jsonb_array_elements($1::jsonb) e`,
        [JSON.stringify(events), directoryId],
      )
      await inbox.applyAll({ db })
      const { rows } = await db.pool.query(`select id from directory_user where state <> 'DELETED'`)
      expect(rows).toEqual([])
    } finally {
      await db.close()
    }
  } finally {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  }
})
