// What a broken answer looks like: no row is lost to it. What the guard is for is in test/guard/runs.test.ts.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { SyncRun } from '../../src/pull/run-context.ts'
import type { FaultName } from '../../src/simulator/faults.ts'
import { startFilled, type Harness } from './harness.ts'

let pull: Harness
beforeAll(async () => {
  pull = await startFilled()
})
afterAll(() => pull.close())
// Each of them leaves the mirror in step, and finds it so.
beforeEach(() => pull.age())
afterEach(() => pull.simulator.faults.clear())

describe('a list that is broken again and again fails the run, and one that is broken once does not', () => {
  const users = '/directory_users'
  const groups = '/directory_groups'
  // Four requests are for the list of users: what comes after them is for members.
  const traps: [name: string, fault: FaultName, match: string, after: number, once: SyncRun['state']][] = [
    ['an empty first page of users', 'emptyPage', users, 0, 'SUCCEEDED'],
    ['an empty second page of users', 'emptyPage', users, 1, 'SUCCEEDED'],
    ['an empty first page of groups', 'emptyPage', groups, 0, 'SUCCEEDED'],
    ['an empty first page of members', 'emptyPage', users, 4, 'SUCCEEDED'],
    ['a cursor of users that leads back', 'cyclingCursor', users, 0, 'SUCCEEDED'],
    ['a list of users that is not found', 'notFound', users, 0, 'FAILED'],
    ['a list of users that is not found any more in its middle', 'notFound', users, 1, 'FAILED'],
  ]
  test.each(traps)('%s', async (_name, fault, match, after, once) => {
    const before = await pull.list(`select (select count(*) from change)::int as changes`)
    pull.simulator.faults.set({ [fault]: { match, after } })
    const run = await pull.resync()
    expect(pull.simulator.faults.state().struck[fault]).toBeGreaterThan(0)
    expect(run.state).toBe('FAILED')
    expect(run.error).not.toBeNull()
    pull.simulator.faults.clear()
    await pull.expectInStep()
    expect(await pull.list(`select (select count(*) from change)::int as changes`)).toEqual(before)
    pull.simulator.faults.set({ [fault]: { match, after, count: 1 } })
    expect(await pull.resync()).toMatchObject({ state: once })
    await pull.expectInStep()
    pull.simulator.faults.clear()
  })
})

test('a list of members that is not found, as of a group that was deleted meanwhile, ends none of its memberships', async () => {
  const before = await pull.list(`select (select count(*) from change)::int as changes`)
  pull.simulator.faults.set({ notFound: { match: '/directory_users', after: 4, count: 2 } })
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED', removed: 0 })
  expect(await pull.list(`select (select count(*) from change)::int as changes`)).toEqual(before)
  await pull.expectInStep()
})

test('lists whose pages all end early, and say that they are the last, are read to their true end', async () => {
  pull.simulator.faults.set({ truncatedPage: {} })
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED', created: 0, updated: 0, removed: 0 })
  pull.simulator.faults.clear()
  await pull.expectInStep()
})

test.each([
  ['half of it', (data: unknown[]) => data.slice(0, data.length / 2)],
  ['nothing', () => []],
])(
  'a list of members of which WorkOS once gives %s, and nothing is known, is read to its true end',
  async (_what, some) => {
    await pull.app.db.pool.query('delete from membership')
    await pull.app.db.pool.query('update directory_group set members_run_id = null')
    const { fetch } = globalThis
    onTestFinished(() => void (globalThis.fetch = fetch))
    const spoilt = new Set<string>()
    globalThis.fetch = async (...request) => {
      const response = await fetch(...request)
      const group = new URL(new Request(...request).url).searchParams.get('group')
      if (group === null || spoilt.has(group)) return response
      spoilt.add(group)
      const { data, ...list } = (await response.json()) as { data: unknown[] }
      const page = { ...list, data: some(data), list_metadata: { before: null, after: null } }
      return Response.json(page, { headers: response.headers })
    }
    expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED', error: null })
    expect(spoilt.size).toBe(pull.simulator.store.groups().length)
    await pull.expectInStep()
  },
)

test('a list of members that is as it was costs one request for each of its pages', async () => {
  const { fetch } = globalThis
  onTestFinished(() => void (globalThis.fetch = fetch))
  const asked = new Map<string, number>()
  globalThis.fetch = (...request) => {
    const group = new URL(new Request(...request).url).searchParams.get('group')
    if (group !== null) asked.set(group, (asked.get(group) ?? 0) + 1)
    return fetch(...request)
  }
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED' })
  const { store } = pull.simulator
  const pages = store.groups().map(({ id }) => [id, Math.max(1, Math.ceil(store.members(id).length / 100))] as const)
  expect(asked).toEqual(new Map(pages))
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
