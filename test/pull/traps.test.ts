// What a broken answer looks like, and what the guard of design.md section 4 is for: no row is lost to either.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FaultName } from '../../src/simulator/faults.ts'
import { requestRun } from '../../src/sync/request-run.ts'
import { until } from '../support/until.ts'
import { startHarness, type Harness } from './harness.ts'

let pull: Harness
beforeEach(async () => {
  pull = await startHarness()
  await pull.backfilled()
  await pull.age()
})
afterEach(() => pull.close())

describe('a list that is broken again and again fails the run, and one that is broken once does not', () => {
  const traps: [FaultName, string, string][] = [
    ['emptyPage', '/directory_users', 'an empty first page of users'],
    ['emptyPage', '/directory_groups', 'an empty first page of groups'],
    ['truncatedPage', '/directory_users', 'a page of users that ends early'],
    ['cyclingCursor', '/directory_users', 'a cursor that leads back'],
    ['notFound', '/directory_users', 'a list that is not found'],
  ]
  test.each(traps)('%s at %s: %s', async (fault, match) => {
    const before = await pull.list(`select (select count(*) from change)::int as changes`)
    pull.simulator.faults.set({ [fault]: { match } })
    const run = await pull.resync()
    expect(run.state).toBe('FAILED')
    expect(run.error).not.toBeNull()
    pull.simulator.faults.clear()
    await pull.expectInStep()
    expect(await pull.list(`select (select count(*) from change)::int as changes`)).toEqual(before)
    pull.simulator.faults.set({ [fault]: { match, count: 1 } })
    expect(await pull.resync()).toMatchObject({ state: fault === 'notFound' ? 'FAILED' : 'SUCCEEDED' })
    await pull.expectInStep()
  })
})

test.each(['brokenBody', 'serverError', 'rateLimited'] as const)('%s for a while is waited out', async (fault) => {
  pull.simulator.faults.set({ [fault]: { count: 5 } })
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED', error: null })
  await pull.expectInStep()
})

test('a filter by group that is not obeyed makes nobody a member', async () => {
  pull.simulator.faults.set({ ignoredFilter: { match: '/directory_users' } })
  const run = await pull.resync()
  expect(run).toMatchObject({ state: 'FAILED', error: expect.stringContaining('is not among its groups') as string })
  pull.simulator.faults.clear()
  await pull.expectInStep()
})

test('a filter by directory that is not obeyed brings nobody of another directory', async () => {
  pull.simulator.actions.createDirectory({ provider: 'okta', users: 3 })
  pull.simulator.faults.set({ ignoredFilter: { match: '/directory_users' } })
  const run = await pull.resync()
  expect(run).toMatchObject({ state: 'FAILED', error: expect.stringContaining('was asked for') as string })
})

describe('the guard', () => {
  async function massLeaving(): Promise<void> {
    const { store, actions } = pull.simulator
    for (const user of store.users().slice(0, 60)) actions.offboard({ userId: user.id })
  }
  const alive = async () =>
    (await pull.list<{ count: number }>(`select count(*)::int as count from directory_user where state = 'ACTIVE'`))[0]!
      .count

  test('stops a run before the first of too many leavers, and lets them go when somebody approves', async () => {
    const before = await alive()
    await massLeaving()
    const run = await pull.resync()
    expect(run).toMatchObject({ state: 'AWAITING_APPROVAL', removed: 0 })
    expect(run.held).toBeGreaterThanOrEqual(60)
    expect(await alive()).toBe(before)
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

  test('counts those whom the list shows inactive as leavers too', async () => {
    const { directory } = pull.simulator.actions.createDirectory({ provider: 'entra', users: 100, keepsInactive: true })
    const users = pull.simulator.store.users(directory.id)
    const runs = () => pull.list<{ id: string }>('select id from sync_run where directory_id = $1', directory.id)
    await until(async () => (await runs()).length > 0)
    await pull.finished((await runs())[0]!.id)
    await pull.age()
    for (const user of users.slice(0, 50)) pull.simulator.actions.offboard({ userId: user.id })
    const request = { directoryId: directory.id, kind: 'RESYNC' } as const
    const run = await pull.finished(await requestRun(pull.app.db.pool, request))
    expect(run).toMatchObject({ state: 'AWAITING_APPROVAL', held: 50 })
    await pull.app.db.prisma.syncRun.update({ where: { id: run.id }, data: { state: 'RUNNING', approvedBy: 'test' } })
    expect(await pull.finished(run.id)).toMatchObject({ state: 'SUCCEEDED' })
    await pull.expectInStep()
  })
})
