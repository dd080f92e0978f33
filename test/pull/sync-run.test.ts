// The third feed: what the state API shows repairs whatever the events have not told.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startHarness, type Harness } from './harness.ts'

let pull: Harness
beforeEach(async () => {
  pull = await startHarness()
})
afterEach(() => pull.close())

test('a directory that was there before is filled at the first start, and its people are in step', async () => {
  const { usersSeen, groupsSeen, membershipsSeen, created, unchanged } = await pull.backfilled()
  await pull.expectInStep()
  const memberships = pull.simulator.store
    .groups()
    .reduce((sum, group) => sum + pull.simulator.store.members(group.id).length, 0)
  expect({ usersSeen, groupsSeen, membershipsSeen }).toEqual({
    usersSeen: pull.simulator.store.users().length,
    groupsSeen: pull.simulator.store.groups().length,
    membershipsSeen: memberships,
  })
  expect(created + unchanged).toBe(usersSeen + groupsSeen + membershipsSeen)
  const [sources] = await pull.list(
    `select array_agg(distinct source) as sources, count(event_id)::int as events from change where user_id is not null`,
  )
  expect(sources).toEqual({ sources: '{SYNC_RUN}', events: 0 })
})

test('drift is found by a dry run that writes nothing, and repaired by a run', async () => {
  await pull.backfilled()
  await pull.age()
  // One in a hundred of each kind, and each in its way.
  await pull.app.db.pool.query(
    `update directory_user set name = 'Drift', first_name = 'D' where id in (select id from directory_user order by id limit 3)`,
  )
  await pull.app.db.pool.query(
    `update directory_user set deleted_at = now(), state = 'DELETED' where id in (select id from directory_user order by id desc limit 2)`,
  )
  await pull.app.db.pool.query(
    `delete from membership where (group_id, user_id) in (select group_id, user_id from membership order by 1, 2 limit 3)`,
  )
  await pull.app.db.pool.query(
    `insert into membership select g.id, u.id, g.directory_id, true, true, now() - interval '1 hour', 'event_old'
     from (select * from directory_group order by id limit 1) g, (select * from directory_user where state = 'ACTIVE' order by id desc limit 4) u
     on conflict do nothing`,
  )
  const [before] = await pull.list(
    'select (select count(*) from change) as changes, (select array_agg(fact_id order by id) from directory_user) as facts',
  )
  const dry = await pull.resync(true)
  expect(dry).toMatchObject({ state: 'SUCCEEDED', dryRun: true, error: null })
  const [after] = await pull.list(
    'select (select count(*) from change) as changes, (select array_agg(fact_id order by id) from directory_user) as facts',
  )
  expect(after).toEqual(before)
  const real = await pull.resync()
  expect(real).toMatchObject({ state: 'SUCCEEDED', error: null })
  await pull.expectInStep()
  const numbers = ({ created, updated, removed }: typeof real) => ({ created, updated, removed })
  expect(real.created + real.updated + real.removed).toBeGreaterThan(7)
  expect(numbers(dry)).toEqual(numbers(real))
  await pull.age()
  expect(numbers(await pull.resync())).toEqual({ created: 0, updated: 0, removed: 0 })
})

test('who has left without a word goes, and whom an event has told of since the beginning stays', async () => {
  await pull.backfilled()
  await pull.age()
  const [leaver, ...rest] = pull.simulator.store.users()
  pull.simulator.actions.offboard({ userId: leaver!.id })
  const run = await pull.resync()
  expect(run).toMatchObject({ state: 'SUCCEEDED', error: null })
  expect(run.removed).toBeGreaterThan(0)
  await pull.expectInStep()
  expect(rest.length).toBeGreaterThan(200)
})
