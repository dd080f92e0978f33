// The third feed: what the state API shows repairs whatever the events have not told.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { requestRun } from '../../src/sync/request-run.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/until.ts'

let simulator: Simulator
let app: TestApp
let directoryId: string

beforeEach(async () => {
  simulator = await createSimulator({
    apiKey: 'sk_test',
    directories: 1,
    usersPerDirectory: 230,
    rateLimits: false,
    announces: false,
  })
  app = await startTestApp({
    workosUrl: simulator.url,
    env: {
      SYNC_CONCURRENCY: '1',
      DIRECTORY_POLL_MS: '100',
      RECONCILE_INTERVAL_MS: '0',
      DIRECTORY_USERS_PER_SECOND: '0',
    },
  })
  directoryId = simulator.store.directories()[0]!.object.id
})
afterEach(async () => {
  await app.close()
  await simulator.close()
})

const list = async <Row>(text: string, ...values: unknown[]) =>
  (await app.db.pool.query<Row & object>(text, values)).rows as Row[]

async function finished(id: string) {
  const find = () => app.db.prisma.syncRun.findUniqueOrThrow({ where: { id } })
  await until(async () => (await find()).finishedAt !== null || (await find()).state === 'AWAITING_APPROVAL')
  return find()
}

async function backfilled(): Promise<string> {
  await until(async () => (await list('select from sync_run')).length > 0)
  const [run] = await list<{ id: string }>('select id from sync_run order by created_at limit 1')
  expect(await finished(run!.id)).toMatchObject({ state: 'SUCCEEDED', kind: 'BACKFILL', error: null })
  return run!.id
}

async function resync(dryRun = false) {
  return finished(await requestRun(app.db.pool, { directoryId, kind: 'RESYNC', dryRun }))
}

async function expectInStep(): Promise<void> {
  const { store } = simulator
  const users = await list<{ row: string }>(
    `select id || ' ' || state || ' ' || coalesce(name, '') || ' ' || coalesce(email, '') as row
     from directory_user where state in ('ACTIVE', 'INACTIVE') order by id`,
  )
  expect(users.map(({ row }) => row)).toEqual(
    store
      .users()
      .map((user) => `${user.id} ${user.state.toUpperCase()} ${user.name ?? ''} ${user.email ?? ''}`)
      .sort(),
  )
  const groups = await list<{ row: string }>(
    `select id || ' ' || name as row from directory_group where state = 'ACTIVE' order by id`,
  )
  expect(groups.map(({ row }) => row)).toEqual(
    store
      .groups()
      .map(({ id, name }) => `${id} ${name}`)
      .sort(),
  )
  const edges = await list<{ row: string }>(
    `select group_id || ' ' || user_id as row from membership where visible order by 1`,
  )
  const real = store.groups().flatMap((group) => store.members(group.id).map((user) => `${group.id} ${user.id}`))
  expect(edges.map(({ row }) => row)).toEqual(real.sort())
}

/** As if the facts of the mirror were a minute old: a snapshot is no newer than what happened within its second. */
async function age(): Promise<void> {
  for (const table of ['directory_user', 'directory_group', 'membership', 'directory'])
    await app.db.pool.query(`update ${table} set fact_at = fact_at - interval '1 minute'`)
}

test('a directory that was there before is filled at the first start, and its people are in step', async () => {
  const id = await backfilled()
  await expectInStep()
  const { usersSeen, groupsSeen, membershipsSeen, created, unchanged } = await app.db.prisma.syncRun.findUniqueOrThrow({
    where: { id },
  })
  const memberships = simulator.store.groups().reduce((sum, group) => sum + simulator.store.members(group.id).length, 0)
  expect({ usersSeen, groupsSeen, membershipsSeen }).toEqual({
    usersSeen: simulator.store.users().length,
    groupsSeen: simulator.store.groups().length,
    membershipsSeen: memberships,
  })
  expect(created + unchanged).toBe(usersSeen + groupsSeen + membershipsSeen)
  const [sources] = await list(
    `select array_agg(distinct source) as sources, count(event_id)::int as events from change where user_id is not null`,
  )
  expect(sources).toEqual({ sources: '{SYNC_RUN}', events: 0 })
})

test('drift is found by a dry run that writes nothing, and repaired by a run', async () => {
  await backfilled()
  await age()
  // One in a hundred of each kind, and each in its way.
  await app.db.pool.query(
    `update directory_user set name = 'Drift', first_name = 'D' where id in (select id from directory_user order by id limit 3)`,
  )
  await app.db.pool.query(
    `update directory_user set deleted_at = now(), state = 'DELETED' where id in (select id from directory_user order by id desc limit 2)`,
  )
  await app.db.pool.query(
    `delete from membership where (group_id, user_id) in (select group_id, user_id from membership order by 1, 2 limit 3)`,
  )
  await app.db.pool.query(
    `insert into membership select g.id, u.id, g.directory_id, true, true, now() - interval '1 hour', 'event_old'
     from (select * from directory_group order by id limit 1) g, (select * from directory_user where state = 'ACTIVE' order by id desc limit 4) u
     on conflict do nothing`,
  )
  const [before] = await list(
    'select (select count(*) from change) as changes, (select array_agg(fact_id order by id) from directory_user) as facts',
  )
  const dry = await resync(true)
  expect(dry).toMatchObject({ state: 'SUCCEEDED', dryRun: true, error: null })
  const [after] = await list(
    'select (select count(*) from change) as changes, (select array_agg(fact_id order by id) from directory_user) as facts',
  )
  expect(after).toEqual(before)
  const real = await resync()
  expect(real).toMatchObject({ state: 'SUCCEEDED', error: null })
  await expectInStep()
  const numbers = ({ created, updated, removed }: typeof real) => ({ created, updated, removed })
  expect(real.created + real.updated + real.removed).toBeGreaterThan(7)
  expect(numbers(dry)).toEqual(numbers(real))
  await age()
  expect(numbers(await resync())).toEqual({ created: 0, updated: 0, removed: 0 })
})

test('who has left without a word goes, and whom an event has told of since the beginning stays', async () => {
  await backfilled()
  await age()
  const [leaver, ...rest] = simulator.store.users()
  simulator.actions.offboard({ userId: leaver!.id })
  const run = await resync()
  expect(run).toMatchObject({ state: 'SUCCEEDED', error: null })
  expect(run.removed).toBeGreaterThan(0)
  await expectInStep()
  expect(rest.length).toBeGreaterThan(200)
})
