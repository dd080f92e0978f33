// What was not listed by a whole traversal had gone before it: older events that arrive after it let nobody in.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { event, group, member, user } from '../support/events.ts'
import { until } from '../support/until.ts'
import { startFilled, type Harness } from './harness.ts'

let pull: Harness
let own: { directory_id: string; organization_id: string }
beforeAll(async () => {
  pull = await startFilled()
  const { object } = pull.simulator.store.directories()[0]!
  own = { directory_id: object.id, organization_id: object.organization_id }
})
afterAll(() => pull.close())

const HOUR_S = 3_600
const ago = (hours: number) => Date.now() / 1000 - hours * HOUR_S

/** Delivers events in the given order; returns what became of them. */
async function receive(...events: ReturnType<typeof event>[]): Promise<string[]> {
  for (const one of events) {
    await pull.app.deliver(one)
    await until(async () => (await statusOf(one.id)) !== 'PENDING')
  }
  return Promise.all(events.map(({ id }) => statusOf(id)))
}

async function statusOf(id: string): Promise<string> {
  const rows = await pull.list<{ status: string }>('select status::text from inbox_event where id = $1', id)
  return rows[0]!.status
}

/** The rows of a user, their account and their memberships that count. */
const standing = (id: string) =>
  pull.list<{ state: string; account: string | null; groups: number }>(
    `select u.state::text, (select a.state::text from account a where a.id = u.account_id) as account,
            (select count(*) from membership m where m.user_id = u.id and m.visible) as groups
     from directory_user u where u.id = $1`,
    `directory_user_${id}`,
  )

test('a hiring from before the traversal is that of somebody who had left', async () => {
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED' })
  const bob = user('bob', own)
  await receive(event('dsync.user.created', bob, ago(2)))
  expect(await standing('bob')).toEqual([{ state: 'DELETED', account: null, groups: 0 }])
  // Who is hired again after it is in, and new for whoever reads the log.
  await receive(event('dsync.user.created', user('carl', own), ago(2)), event('dsync.user.updated', bob, ago(0)))
  expect(await standing('bob')).toEqual([{ state: 'ACTIVE', account: 'ACTIVE', groups: 0 }])
  await receive(event('dsync.user.deleted', bob, ago(0)))
})

test('a membership from before the traversal is one that had ended', async () => {
  const staff = group('staff', own)
  const { store } = pull.simulator
  const isIn = (groupId: string, userId: string) => store.members(groupId).some(({ id }) => id === userId)
  const stranger = store.users().find(({ id }) => store.groups().some((one) => !isIn(one.id, id)))
  const first = store.groups().find(({ id }) => !isIn(id, stranger!.id))
  const known = { ...group('x', own), id: first!.id, name: first!.name }
  const her = { id: stranger!.id, directory_id: own.directory_id }
  const added = (of: object, at: number) => event('dsync.group.user_added', member(of, her, own.directory_id), at)
  const before = await pull.list('select from membership where visible')
  await receive(event('dsync.group.created', staff, ago(3)), added(known, ago(2)), added(staff, ago(2)))
  expect(await pull.list('select from membership where visible')).toHaveLength(before.length)
  await receive(added(known, ago(0)))
  expect(await pull.list('select from membership where visible')).toHaveLength(before.length + 1)
  await receive(event('dsync.group.user_removed', member(known, her, own.directory_id), ago(0)))
  await pull.expectInStep()
})

test('who comes after the traversal is new, also if an older event about them comes later', async () => {
  const dora = user('dora', own)
  const added = event('dsync.group.user_added', member(group('sales', own), { id: dora.id }, own.directory_id), ago(0))
  await receive(added, event('dsync.user.created', dora, ago(0)), event('dsync.user.created', dora, ago(2)))
  expect(await standing('dora')).toEqual([{ state: 'ACTIVE', account: 'ACTIVE', groups: 1 }])
  const told = await pull.list<{ kind: string }>(
    `select kind::text from change where user_id = $1 and kind::text ~ '^(DIRECTORY_USER|MEMBERSHIP)' order by position`,
    dora.id,
  )
  expect(told.map(({ kind }) => kind)).toEqual(['DIRECTORY_USER_CREATED', 'MEMBERSHIP_ADDED', 'DIRECTORY_USER_UPDATED'])
})

test('a directory whose groups are all gone is reconciled, unless WorkOS knows one of them', async () => {
  await pull.age()
  const { fetch } = globalThis
  onTestFinished(() => void (globalThis.fetch = fetch))
  let knowsOne = true
  // As providers do it of which WorkOS counts nothing.
  globalThis.fetch = async (...request) => {
    const { pathname } = new URL(new Request(...request).url)
    if (/^\/directory_groups\/?$/.test(pathname)) return Response.json({ object: 'list', data: [], list_metadata: {} })
    if (pathname.startsWith('/directory_groups/') && !knowsOne)
      return Response.json({ message: 'gone' }, { status: 404 })
    const response = await fetch(...request)
    if (!pathname.startsWith('/directories/')) return response
    const { metadata: _counts, ...rest } = (await response.json()) as { metadata?: object }
    return Response.json(rest, { headers: response.headers })
  }
  expect(await pull.resync()).toMatchObject({
    state: 'FAILED',
    error: expect.stringContaining('list of groups is empty'),
  })
  knowsOne = false
  const run = await pull.resync()
  // All memberships are lost, which the guard has somebody look at.
  expect(run).toMatchObject({ state: 'AWAITING_APPROVAL', error: null })
  await pull.app.db.prisma.syncRun.update({ where: { id: run.id }, data: { state: 'RUNNING', approvedBy: 'test' } })
  expect(await pull.finished(run.id)).toMatchObject({ state: 'SUCCEEDED' })
  expect(await pull.list(`select from directory_group where state = 'ACTIVE'`)).toEqual([])
  expect((await pull.list(`select from directory_user where state = 'ACTIVE'`)).length).toBeGreaterThan(100)
})
