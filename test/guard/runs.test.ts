// What the mass-change guard is for: no run takes away whom a list merely has not held.
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createCursorSeal } from '../../src/changes/cursor.ts'
import { readCursorKey } from '../../src/changes/read.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { lockDirectory } from '../../src/db/lock-directories.ts'
import { ask as askApi } from '../support/client.ts'
import { until } from '../support/until.ts'
import { startFilled, type Harness } from '../pull/harness.ts'
import { hold } from '../pull/runs.ts'

let pull: Harness
beforeAll(async () => {
  pull = await startFilled()
})
afterEach(() => pull.recover())
afterAll(() => pull.close())

test('stops a run before the first of too many leavers, and lets them go when somebody approves', async () => {
  const before = await pull.alive()
  pull.massLeaving()
  const run = await pull.resync()
  expect(run).toMatchObject({ state: 'AWAITING_APPROVAL', removed: 0 })
  expect(run.held).toBeGreaterThanOrEqual(60)
  expect(await pull.alive()).toBe(before)
  await pull.app.db.prisma.syncRun.update({ where: { id: run.id }, data: { state: 'RUNNING', approvedBy: 'test' } })
  expect(await pull.finished(run.id)).toMatchObject({ state: 'SUCCEEDED', held: 0 })
  await pull.expectInStep()
})

test('holds nobody up below its limit', async () => {
  const { store, actions } = pull.simulator
  for (const user of store.users().slice(0, 15)) actions.offboard({ userId: user.id })
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED' })
  await pull.expectInStep()
})

test('the memberships of those who leave are not counted beside them', async () => {
  const top = await pull.list<{ id: string; of: number }>(
    `select user_id as id, sum(count(*)) over ()::int as of from membership where visible group by user_id
     order by count(*) desc, user_id limit 40`,
  )
  for (const { id } of top) pull.simulator.actions.offboard({ userId: id })
  // Forty of 230 may leave. Their memberships are more than a fifth.
  const lost = await pull.list<{ share: number }>(
    `select count(*) filter (where user_id = any($1)) / count(*)::float8 as share from membership where visible`,
    top.map(({ id }) => id),
  )
  expect(lost[0]!.share).toBeGreaterThan(0.2)
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED', held: 0 })
  await pull.expectInStep()
})

test('what events and runs took away within the window counts together, whichever takes more, until it comes back', async () => {
  const { store, actions } = pull.simulator
  const leave = (from: number, to: number) =>
    people.slice(from, to).map((id) => actions.offboard({ userId: id }).events)
  const people = store.users().map(({ id }) => id)
  const before = await pull.alive()
  for (const events of leave(0, 20)) for (const one of events) await pull.app.deliver(one)
  await pull.app.applied()
  leave(20, 40)
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED' })
  expect(await pull.alive()).toBe(before - 40)
  await pull.age()
  // Seven more are too many for a run, and for events.
  const seven = leave(40, 47)
  const run = await pull.resync()
  expect([run.state, await pull.alive()]).toEqual(['AWAITING_APPROVAL', before - 40])
  const [told] = await pull.list<{ detail: object }>(
    `select detail from change where kind = 'CHANGES_HELD' and detail ->> 'syncRunId' = $1`,
    run.id,
  )
  expect(told!.detail).toMatchObject({
    reason:
      '47 of 230 active users would be offboarded by one comparison and within the 10 minutes before it; the limit ' +
      'is 46',
    users: 47,
  })
  expect(run.held).toBe(7)
  await inTransaction(pull.app.db.pool, async (tx) => {
    await lockDirectory(tx, pull.directoryId)
    await Promise.all(seven.flat().map((one) => pull.app.deliver(one)))
  })
  await pull.app.applied()
  expect(await pull.alive()).toBe(before - 40)
  // What somebody approved of, and what went before it, does not count for what comes after it.
  const key = await pull.app.key()
  const approve = `mutation { approveHeldChanges(input: { directoryId: "${pull.directoryId}" }) { __typename } }`
  expect((await askApi(pull.app.url, key, approve)).data).toMatchObject({
    approveHeldChanges: { __typename: 'HeldChanges' },
  })
  expect(await pull.finished(run.id)).toMatchObject({ state: 'SUCCEEDED', held: 0 })
  await pull.app.applied()
  leave(50, 80)
  await pull.age()
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED' })
  await pull.expectInStep()
})

test('whom a run took away by mistake, and who is back, does not count', async () => {
  const { store, actions } = pull.simulator
  const people = store.users().map(({ id }) => id)
  for (const id of people.slice(0, 40)) actions.offboard({ userId: id })
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED' })
  await pull.recover()
  for (const id of people.slice(40, 80)) actions.offboard({ userId: id })
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED' })
  await pull.expectInStep()
})

test('memberships that runs ended within the window count likewise, until they are back', async () => {
  const { actions } = pull.simulator
  const edges = await pull.list<{ groupId: string; userId: string; all: number }>(
    `select group_id as "groupId", user_id as "userId", count(*) over ()::int as all
     from membership where visible order by user_id, group_id limit 200`,
  )
  const most = Math.floor(edges[0]!.all / 5)
  for (const edge of edges.slice(0, most)) actions.leaveGroup(edge)
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED', removed: most })
  await pull.age()
  actions.leaveGroup(edges[most])
  expect(await pull.resync()).toMatchObject({ state: 'AWAITING_APPROVAL', held: 1 })
  for (const edge of edges.slice(0, most + 1)) actions.joinGroup(edge)
  await pull.recover()
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED' })
  await pull.age()
  for (const edge of edges.slice(0, most)) actions.leaveGroup(edge)
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED', removed: most })
  await pull.expectInStep()
  for (const edge of edges.slice(0, most)) actions.joinGroup(edge)
  await pull.age()
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED' })
})

test('takes nobody away by a run while events of the directory are held: both are one decision', async () => {
  const { store, actions } = pull.simulator
  const { pool } = pull.app.db
  const [clock] = await pull.list<{ position: number }>('select position from change_clock')
  const begun = createCursorSeal(await readCursorKey(pool)).seal(clock!)
  const events = store
    .users()
    .slice(0, 60)
    .flatMap((user) => actions.offboard({ userId: user.id }).events)
  await inTransaction(pool, async (tx) => {
    await lockDirectory(tx, pull.directoryId)
    await Promise.all(events.map((one) => pull.app.deliver(one)))
  })
  await pull.app.applied()
  const before = await pull.alive()
  expect(before).toBe(230)
  // By itself, the run could do it.
  const key = await pull.app.key()
  const input = `(input: { directoryId: "${pull.directoryId}"`
  const ask = (text: string) => askApi<Record<string, object>, Record<string, never>>(pull.app.url, key, text)
  const limit = (minimum: number | null) =>
    ask(`mutation { updateDirectoryGuard${input}, minimum: ${minimum} }) { __typename } }`)
  await limit(1_000)
  const run = await pull.resync()
  expect(run).toMatchObject({ state: 'AWAITING_APPROVAL', removed: 0 })
  expect(await pull.alive()).toBe(before)
  const told = await ask(
    `{ changes(after: "${begun}", filter: { kinds: [CHANGES_HELD] }) {
         nodes { source ... on GuardChange { syncRun { id } reason } } } }`,
  )
  expect(told.data?.changes).toMatchObject({
    nodes: [
      { source: 'WEBHOOK', syncRun: null },
      {
        source: 'SYNC_RUN',
        syncRun: { id: run.id },
        reason: 'Events of the directory are held, and this would remove more',
      },
    ],
  })
  const approved = await ask(
    `mutation { approveHeldChanges${input} }) { __typename ... on HeldChanges { events syncRun { id } } } }`,
  )
  expect(approved.data?.approveHeldChanges).toMatchObject({
    events: expect.any(Number) as number,
    syncRun: { id: run.id },
  })
  expect(await pull.finished(run.id)).toMatchObject({ state: 'SUCCEEDED' })
  await pull.app.applied()
  await pull.expectInStep()
  await limit(null)
})

test('of hundreds whom no list held, WorkOS is asked for a sample by name, all over the list', async () => {
  const strangers = `'directory_user_01ZZZZZZZZZZZZZZZZZZZ' || n`
  const row = `jsonb_populate_record(u, jsonb_build_object('id', ${strangers}, 'state', 'ACTIVE', 'fact_at', u.fact_at - interval '1 hour'))`
  await pull.app.db.pool.query(
    `insert into directory_user
     select r.* from directory_user u, generate_series(10001, 10700) as n, ${row} r where u.id = (select min(id) from directory_user)`,
  )
  const { fetch } = globalThis
  onTestFinished(() => void (globalThis.fetch = fetch))
  const asked: string[] = []
  globalThis.fetch = (...request) => {
    const { pathname } = new URL(new Request(...request).url)
    if (pathname.startsWith('/directory_users/')) asked.push(pathname.slice(-3))
    return fetch(...request)
  }
  try {
    expect(await pull.resync()).toMatchObject({ state: 'AWAITING_APPROVAL', held: 700 })
    // Every fourth.
    expect(asked).toEqual(Array.from({ length: 175 }, (_, n) => String(4 * n + 1).padStart(3, '0')))
  } finally {
    await pull.app.db.pool.query(`delete from directory_user where id like 'directory\\_user\\_01ZZZ%'`)
  }
})

// The last two leave another directory behind.
test('counts those whom the list shows inactive as leavers too', async () => {
  const { directory } = pull.simulator.actions.createDirectory({ provider: 'entra', users: 100, keepsInactive: true })
  const users = pull.simulator.store.users(directory.id)
  const runs = () => pull.list<{ id: string }>('select id from sync_run where directory_id = $1', directory.id)
  await until(async () => (await runs()).length > 0)
  await pull.finished((await runs())[0]!.id)
  await pull.age()
  for (const user of users.slice(0, 50)) pull.simulator.actions.offboard({ userId: user.id })
  const run = await pull.resync(false, directory.id)
  expect(run).toMatchObject({ state: 'AWAITING_APPROVAL', held: 50 })
  await pull.app.db.prisma.syncRun.update({ where: { id: run.id }, data: { state: 'RUNNING', approvedBy: 'test' } })
  expect(await pull.finished(run.id)).toMatchObject({ state: 'SUCCEEDED' })
  await pull.expectInStep()
})

test('a filter by directory that is not obeyed brings nobody of another directory', async () => {
  pull.simulator.actions.createDirectory({ provider: 'okta', users: 3 })
  pull.simulator.faults.set({ ignoredFilter: { match: '/directory_users' } })
  const run = await pull.resync()
  expect(run).toMatchObject({ state: 'FAILED', error: expect.stringContaining('was requested') as string })
})

test('whom an event has deactivated while a run was reading does not count for that run once more', async () => {
  const { store } = pull.simulator
  const leavers = store.users().slice(0, 60)
  const ids = leavers.map(({ id }) => id)
  for (const user of leavers) store.putUser({ ...user, state: 'inactive' })
  const held = hold('group=')
  const run = pull.resync()
  await held.reached
  await until(async () => (await pull.list('select from sync_run_deferral')).length === 60)
  await pull.list(`update directory_user set state = 'INACTIVE', active = false where id = any($1)`, ids)
  held.release()
  expect(await run).toMatchObject({ state: 'SUCCEEDED', held: 0 })
  for (const user of leavers) store.putUser(user)
  await pull.age()
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED', updated: 60 })
})
