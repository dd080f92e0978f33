// Law 6: what ends somebody's access is applied, however odd the rest of what WorkOS says of them is.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'
import { openInbox, type Inbox } from './inbox.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
beforeEach(() => inbox.empty())
afterAll(() => inbox.close())

const ada = user('ada', { first_name: 'Ada' })
const odd = { email: { value: 'ada@example.com' }, role: 'member', emails: {}, created_at: 'yesterday', first_name: 7 }
const ops = group('ops')
// Of bytes that cannot be compressed.
const endless = randomBytes(3_000).toString('base64')

async function hired(): Promise<void> {
  await inbox.receive(
    event('dsync.user.created', ada, 1),
    event('dsync.group.user_added', member(ops, ada, directoryId), 2),
  )
  await inbox.applyAll()
}

const standing = () =>
  inbox.list(
    `select json_build_array(u.state, u.email, u.first_name, a.state, (select count(*)::int from membership where visible))
     from directory_user u join account a on a.id = u.account_id`,
  )

test.each([
  ['a deletion', 'dsync.user.deleted', { ...ada, ...odd, state: 3 }, ['DELETED', 'INACTIVE', 0]],
  ['a state', 'dsync.user.updated', { ...ada, ...odd, state: 'inactive' }, ['INACTIVE', 'INACTIVE', 1]],
  ['a deletion by nobody', 'dsync.user.deleted', { ...ada, organization_id: 7 }, ['DELETED', 'INACTIVE', 0]],
  [
    'a state of nobody',
    'dsync.user.updated',
    { ...ada, organization_id: '', state: 'inactive' },
    ['INACTIVE', 'INACTIVE', 1],
  ],
  ['an endless id', 'dsync.user.deleted', { ...ada, idp_id: endless }, ['DELETED', 'INACTIVE', 0]],
  ['a removal', 'dsync.group.user_removed', member({ ...ops, name: [] }, { ...ada, ...odd }), ['ACTIVE', 'ACTIVE', 0]],
  ['the end of a group', 'dsync.group.deleted', { ...ops, name: {}, raw_attributes: 'x' }, ['ACTIVE', 'ACTIVE', 0]],
] as const)(
  '%s with what cannot be read is applied, clears nothing, and says what it was',
  async (_what, type, data, is) => {
    await hired()
    const end = event(type, data, 3)
    await inbox.receive(end)
    await inbox.applyAll()
    expect(await standing()).toEqual([[is[0], 'ada@example.com', 'Ada', is[1], is[2]]])
    const { status, error } = await inbox.event(end.id)
    expect({ status, error }).toEqual({ status: 'APPLIED', error: expect.stringMatching(/^data\.\w+/) as string })
    expect(error).not.toContain('yesterday')
  },
)

test.for([
  ['of bytes that cannot be compressed', randomBytes(9_000).toString('base64')],
  ['cut within a character', `${'x'.repeat(499)}😀😀`],
])('the end of a directory is applied however long its name is, and so is its beginning: %s', async ([, name]) => {
  await hired()
  const changed = directory({ name: name!, type: name! })
  await inbox.receive(event('dsync.activated', changed, 3), event('dsync.deleted', changed, 4))
  await inbox.applyAll()
  expect(await standing()).toEqual([['DELETED', 'ada@example.com', 'Ada', 'INACTIVE', 0]])
})

test('what does not end anything is refused as a whole, and so is an end of nobody', async () => {
  await hired()
  const refused = [
    event('dsync.user.updated', { ...ada, ...odd }, 3),
    event('dsync.user.deleted', { ...ada, id: 7 }, 4),
    event('dsync.user.created', { ...ada, organization_id: {} }, 5),
  ]
  await inbox.receive(...refused)
  await inbox.applyAll()
  for (const { id } of refused) expect(await inbox.event(id)).toMatchObject({ status: 'FAILED' })
  expect(await standing()).toEqual([['ACTIVE', 'ada@example.com', 'Ada', 'ACTIVE', 1]])
})

test('somebody joins a group also where their address cannot be read, and not where their state or the group cannot', async () => {
  await hired()
  const team = group('team')
  const ben = user('ben')
  const joins = event('dsync.group.user_added', member(team, { ...ben, email: {}, idp_id: 5 }, directoryId), 3)
  const unclear = event('dsync.group.user_added', member(team, { ...user('cyd'), state: {} }, directoryId), 4)
  const nameless = event('dsync.group.user_added', member({ ...group('club'), name: 9 }, ada, directoryId), 5)
  await inbox.receive(joins, unclear, nameless)
  await inbox.applyAll()
  expect(await inbox.event(joins.id)).toMatchObject({
    status: 'APPLIED',
    error: expect.stringMatching(/^data\.user\.idp_id: .*data\.user\.email: /) as string,
  })
  for (const { id } of [unclear, nameless]) expect(await inbox.event(id)).toMatchObject({ status: 'FAILED' })
  const rows = await inbox.list('select user_id as id from membership where group_id = $1 and visible', team.id)
  expect(rows).toEqual([ben.id])
  // Nobody is given an account before they are known.
  expect(await inbox.list('select account_id from directory_user where id = $1', ben.id)).toEqual([null])
})
