// The order of last changes is in a table of its own, which a trigger keeps.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directory, event, user } from '../support/events.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
beforeEach(() => inbox.empty())
afterAll(() => inbox.close())

const DIFFERENT = `
  select coalesce(u.id, r.id) from directory_user u full join directory_user_recency r on r.id = u.id
  where (u.id, u.directory_id, u.organization_id, u.state, u.updated_at)
    is distinct from (r.id, r.directory_id, r.organization_id, r.state, r.updated_at)`

test('whatever happens to users, they stand in the order of their last changes as they are', async () => {
  const [ada, bob, eve] = [user('ada'), user('bob'), user('eve')]
  const at = (second: number) => ({ updated_at: new Date(Date.UTC(2026, 5, 1, 12, 0, second)).toISOString() })
  const steps = [
    [event('dsync.user.created', ada, 1), event('dsync.user.created', bob, 1)],
    [event('dsync.user.updated', { ...ada, ...at(2), job_title: 'Countess' }, 2)],
    [event('dsync.user.updated', { ...bob, ...at(3), state: 'inactive' }, 3)],
    [event('dsync.user.deleted', { ...bob, ...at(4) }, 4), event('dsync.user.created', eve, 4)],
    [event('dsync.activated', directory({ organization_id: 'org_other' }), 5)],
    [event('dsync.user.created', { ...bob, ...at(6) }, 6)],
  ]
  for (const events of steps) {
    await inbox.receive(...events)
    await inbox.applyAll()
    expect(await inbox.list(DIFFERENT)).toEqual([])
  }
  expect(await inbox.list('select organization_id from directory_user_recency')).toEqual(Array(3).fill('org_other'))
  await inbox.db.pool.query('delete from directory_user where id = $1', [eve.id])
  expect(await inbox.list(DIFFERENT)).toEqual([])
  expect(await inbox.list('select id from directory_user_recency')).toHaveLength(2)
})

test('whoever has no later change than before is neither written nor locked there', async () => {
  await inbox.receive(event('dsync.user.created', user('ada'), 1), event('dsync.user.created', user('bob'), 1))
  await inbox.applyAll()
  const rows = () =>
    inbox.list<string>(`select concat_ws(' ', id, ctid, xmin, xmax) from directory_user_recency order by id`)
  const before = await rows()
  await inbox.db.pool.query(`update directory_user set job_title = 'Countess'`)
  expect(await rows()).toEqual(before)
  await inbox.db.pool.query('update directory_user set updated_at = now() where id = $1', [user('bob').id])
  const [ada, bob] = await rows()
  expect(ada).toBe(before[0])
  expect(bob).not.toBe(before[1])
  expect(await inbox.list(DIFFERENT)).toEqual([])
})

test('an ordinary update of a user has to be written into no index of directory_user', async () => {
  const ordinary = ['updated_at', 'fact_at', 'fact_id', 'overlay', 'job_title', 'custom_attributes', 'raw_attributes', 'emails'] // oxfmt-ignore
  const indexed = await inbox.list(
    `select distinct a.attname::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid
     where i.indrelid = 'directory_user'::regclass and a.attnum > 0
       and (a.attnum = any(i.indkey) or pg_get_expr(i.indpred, i.indrelid) ~ ('\\m' || a.attname || '\\M'))`,
  )
  expect(indexed).toContain('sort_name')
  expect(indexed).toContain('deleted_at')
  for (const column of ordinary) expect(indexed).not.toContain(column)
})
