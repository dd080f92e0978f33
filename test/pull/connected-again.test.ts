// A directory that is deleted and connected anew: nobody in it is announced again, and nothing of before waits for
// anybody.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGuardOperations } from '../../src/guard/guard-operations.ts'
import { directory, event } from '../support/events.ts'
import { until } from '../support/until.ts'
import { startFilled, type Harness } from './harness.ts'

let pull: Harness
beforeAll(async () => {
  pull = await startFilled({ RECONCILE_INTERVAL_MS: '21600000' })
})
afterAll(() => pull.close())

const about = () => {
  const { object } = pull.simulator.store.directories()[0]!
  return directory({
    id: pull.directoryId,
    organization_id: object.organization_id,
    type: object.type,
    name: object.name,
  })
}

test('is filled again, also where a dry run is under way meanwhile', async () => {
  const before = await pull.alive()
  await pull.list(
    `insert into sync_run (id, directory_id, kind, state, dry_run, next_attempt_at)
     values ('sync_run_dry', $1, 'RESYNC', 'QUEUED', true, now() + interval '1 hour')`,
    pull.directoryId,
  )
  const now = Date.now() / 1000
  await pull.app.deliver(event('dsync.deleted', about(), now - 30))
  await pull.app.applied()
  expect(await pull.alive()).toBe(0)
  await pull.app.deliver(event('dsync.activated', about(), now - 20))
  await pull.app.applied()
  await pull.list(`update sync_run set state = 'SUCCEEDED', finished_at = now() where id = 'sync_run_dry'`)
  await until(async () => (await pull.alive()) === before)
  await until(async () => (await pull.list('select from sync_run where finished_at is null')).length === 0)
  const due = 'select from directory where backfill_due_since is not null'
  expect(await pull.list(due)).toEqual([])
})

test('is filled at once, also where a run of before was rejected since', async () => {
  const { store, actions } = pull.simulator
  await pull.age()
  const leavers = store.users().slice(0, 60)
  for (const { id } of leavers) actions.offboard({ userId: id })
  expect(await pull.resync()).toMatchObject({ state: 'AWAITING_APPROVAL' })
  for (const { id } of leavers) actions.rehire({ userId: id, sameId: true })
  actions.hire({})
  await pull.app.deliver(event('dsync.activated', about(), Date.now() / 1000 - 10))
  await pull.app.applied()
  const held = createGuardOperations({ db: pull.app.db, now: () => new Date(), onRunDecided() {}, onReleased() {} })
  expect(await held.reject(pull.directoryId, 'somebody')).not.toBeNull()
  await until(async () => (await pull.alive()) === store.users().filter(({ state }) => state === 'active').length)
  await until(async () => (await pull.list('select from sync_run where finished_at is null')).length === 0)
  await pull.expectInStep()
})

test('has no run that waits for approval, and nothing that one had put off', async () => {
  pull.massLeaving()
  await pull.age()
  const run = await pull.resync()
  expect(run).toMatchObject({ state: 'AWAITING_APPROVAL' })
  await pull.app.deliver(event('dsync.deleted', about(), Date.now() / 1000))
  await pull.app.applied()
  expect(await pull.list('select state, error from sync_run where id = $1', run.id)).toEqual([
    { state: 'CANCELLED', error: expect.stringContaining('directory was deleted') as string },
  ])
  expect(await pull.list('select from sync_run_deferral')).toEqual([])
})
