// Updates come by the hundred a second: what is no business of accounts must not wait for them, nor they for it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directory, event, group, member, user } from '../support/events.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
  await inbox.receive(
    event('dsync.activated', directory(), 0),
    event('dsync.user.created', user('ada'), 1),
    event('dsync.group.created', group('readers'), 1),
    event('dsync.group.created', group('ops'), 1),
  )
  await inbox.applyAll()
  await inbox.db.pool.query(`
    insert into role (id, slug, name) values ('role_ops', 'operator', 'Operator');
    insert into role_mapping (id, match, value) values ('role_mapping_ops', 'GROUP_ID', 'directory_group_ops');
    insert into role_mapping_role (mapping_id, role_id) values ('role_mapping_ops', 'role_ops');
    insert into role_mapping_group (mapping_id, group_id) values ('role_mapping_ops', 'directory_group_ops')`)
})
afterAll(() => inbox.close())

const BLOCKED = `
  select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`

/** Applies an event while somebody holds all accounts. Gives whether it had to wait for them. */
async function waits(told: { id: string }): Promise<boolean> {
  await inbox.receive(told)
  const held = await inbox.db.pool.connect()
  try {
    await held.query('begin')
    await held.query('select from account for update')
    const applying = inbox.applyAll()
    const blocked = async () => (await inbox.list<boolean>(BLOCKED))[0] === true
    const isApplied = async () => (await inbox.event(told.id)).status === 'APPLIED'
    let waiting = false
    await expect.poll(async () => (waiting = await blocked()) || (await isApplied())).toBe(true)
    await held.query('commit')
    await applying
    return waiting
  } finally {
    held.release()
  }
}

test('a new title, and a group that nothing maps, do not wait for accounts', async () => {
  expect(await waits(event('dsync.user.updated', user('ada', { job_title: 'Analyst' }), 2))).toBe(false)
  expect(await waits(event('dsync.group.user_added', member(group('readers'), user('ada')), 3))).toBe(false)
  expect(await inbox.list('select job_title from directory_user')).toEqual(['Analyst'])
})

test('a new name, a group that is mapped, and a title where attributes are, do', async () => {
  expect(await waits(event('dsync.user.updated', user('ada', { first_name: 'Augusta' }), 4))).toBe(true)
  expect(await inbox.list('select first_name from account')).toEqual(['Augusta'])
  expect(await waits(event('dsync.group.user_added', member(group('ops'), user('ada')), 5))).toBe(true)
  expect(await inbox.list('select role_id from role_grant where visible')).toEqual(['role_ops'])
  await inbox.db.pool.query(`
    insert into role_mapping (id, match, attribute, value) values ('role_mapping_title', 'ATTRIBUTE_EQUALS', 'jobTitle', 'Countess')`)
  const titled = user('ada', { first_name: 'Augusta', job_title: 'Countess' })
  expect(await waits(event('dsync.user.updated', titled, 6))).toBe(true)
})

test('by a group, roles alone are others: the account is left as it is, and where it is deleted it gets none', async () => {
  const ada = user('ada', { first_name: 'Augusta', job_title: 'Countess' })
  await inbox.db.pool.query(`update account set first_name = 'Nobody asked'`)
  await inbox.receive(event('dsync.group.user_removed', member(group('ops'), ada), 7))
  await inbox.applyAll()
  expect(await inbox.list('select first_name from account')).toEqual(['Nobody asked'])
  expect(await inbox.list(`select role_id from role_grant where mapping_id = 'role_mapping_ops'`)).toEqual([])

  await inbox.db.pool.query(`update account set state = 'DELETED'`)
  await inbox.receive(event('dsync.group.user_added', member(group('ops'), ada), 8))
  await inbox.applyAll()
  expect(await inbox.list('select role_id from role_grant')).toEqual([])
})

test('who is told of by a new name and by a group at once is looked at as a whole', async () => {
  await inbox.db.pool.query(`update account set state = 'ACTIVE'`)
  const ada = user('ada', { first_name: 'Ada', job_title: 'Countess' })
  await inbox.receive(
    event('dsync.user.updated', ada, 9),
    event('dsync.group.user_removed', member(group('ops'), ada), 10),
    event('dsync.group.user_added', member(group('ops'), ada), 11),
  )
  await inbox.applyAll()
  expect(await inbox.list('select first_name from account')).toEqual(['Ada'])
  expect(await inbox.list(`select role_id from role_grant where mapping_id = 'role_mapping_ops'`)).toEqual(['role_ops'])
})
