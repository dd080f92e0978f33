// Whoever is gone has memberships that nobody sees, and reasons by them, which count again when they come back.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { applyRemoval, applySnapshot, snapshotCause } from '../../src/sync/apply-snapshot.ts'
import { lockDirectory } from '../../src/db/lock-directories.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directory, event, group, member, time, user } from '../support/events.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
  await inbox.db.pool.query(`
    insert into role (id, slug, name) values ('role_ops', 'operator', 'Operator');
    insert into role_mapping (id, match, value) values ('role_mapping_ops', 'NAME_EQUALS', 'ops');
    insert into role_mapping_role (mapping_id, role_id) values ('role_mapping_ops', 'role_ops')`)
})
afterAll(() => inbox.close())

const directoryId = 'directory_unseen'
const ops = group('unseen_ops', { directory_id: directoryId, name: 'ops' })
const person = (name: string) => user(`unseen_${name}`, { directory_id: directoryId, idp_id: name })

/** The same said by an event and by a traversal must leave the same reasons. */
async function reasonsOf(...names: string[]): Promise<unknown[]> {
  return inbox.list(
    `select array(select g.kind::text || case when g.visible then '' else ', hidden' end
                  from role_grant g where g.account_id = u.account_id)
     from directory_user u where u.id = any($1) order by u.id`,
    names.map((name) => person(name).id),
  )
}

test.each([
  ['ends', true, 5, []],
  ['had begun', false, 3, ['MAPPING, hidden']],
])('a membership that nobody sees %s by a traversal as by an event', async (what, isMember, at, reasons) => {
  const [told, found] = [`told_${what}`, `found_${what}`]
  await inbox.receive(
    event('dsync.activated', directory({ id: directoryId, organization_id: 'org_unseen' }), 0),
    event('dsync.group.created', ops, 1),
  )
  for (const name of [told, found]) {
    await inbox.receive(event('dsync.user.created', person(name), 2))
    if (isMember) await inbox.receive(event('dsync.group.user_added', member(ops, person(name), directoryId), 3))
    await inbox.applyAll()
    await inbox.receive(event('dsync.user.deleted', { ...person(name), state: 'inactive' }, 4))
    await inbox.applyAll()
  }
  expect(await reasonsOf(told, found)).toEqual(isMember ? [['MAPPING, hidden'], ['MAPPING, hidden']] : [[], []])

  const type = isMember ? 'dsync.group.user_removed' : 'dsync.group.user_added'
  await inbox.receive(event(type, member(ops, person(told), directoryId), at))
  await inbox.applyAll()
  const pair = { groupId: ops.id, userId: person(found).id }
  const cause = snapshotCause(directoryId, new Date(time(at)), 'sync_run_01UNSEEN')
  await inTransaction(inbox.db.pool, async (tx) => {
    await lockDirectory(tx, directoryId)
    if (isMember) return applyRemoval(tx, cause, { pairs: [pair] })
    const members = [
      { groupId: ops.id, user: { id: pair.userId, read: () => ({ id: pair.userId, fields: {}, isPart: false }) } },
    ]
    return applySnapshot(tx, cause, { users: [], groups: [], members })
  })
  expect(inbox.failures).toEqual([])
  expect(await reasonsOf(told, found)).toEqual([reasons, reasons])
})
