// The third feed: what the state API shows repairs whatever the events have not told.
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { lockKey } from '../../src/db/advisory-lock.ts'
import { requestRun } from '../../src/sync/request-run.ts'
import { until } from '../support/until.ts'
import { startFilled, startHarness, type Harness } from './harness.ts'

let pull: Harness
beforeAll(async () => {
  pull = await startFilled()
})
const { fetch } = globalThis
afterEach(async () => {
  globalThis.fetch = fetch
  await pull.recover()
})
afterAll(() => pull.close())

test('a directory that was there before is filled at the first start, and its people are in step', async () => {
  const first = await startHarness()
  onTestFinished(() => first.close())
  const { usersSeen, groupsSeen, membershipsSeen, created, unchanged } = await first.backfilled()
  await first.expectInStep()
  const memberships = first.simulator.store
    .groups()
    .reduce((sum, group) => sum + first.simulator.store.members(group.id).length, 0)
  expect({ usersSeen, groupsSeen, membershipsSeen }).toEqual({
    usersSeen: first.simulator.store.users().length,
    groupsSeen: first.simulator.store.groups().length,
    membershipsSeen: memberships,
  })
  expect(created + unchanged).toBe(usersSeen + groupsSeen + membershipsSeen)
  const [sources] = await first.list(
    `select array_agg(distinct source) as sources, count(event_id)::int as events from change where user_id is not null`,
  )
  expect(sources).toEqual({ sources: '{SYNC_RUN}', events: 0 })
})

test.each([
  ['invalid_credentials', 1],
  ['validating', 1],
  ['unlinked', 0],
] as const)(
  'a directory that was %s before is filled with what WorkOS knows of it, unless it is unlinked',
  async (state, runs) => {
    const first = await startHarness()
    onTestFinished(() => first.close())
    await first.backfilled()
    const { actions, faults } = first.simulator
    faults.set({ outage: { match: '/directories' } })
    const { directory } = actions.createDirectory({ provider: 'okta', users: 20 })
    actions.changeDirectory({ directoryId: directory.id, state })
    faults.clear()
    await until(async () => (await first.list('select from directory where id = $1', directory.id)).length > 0)
    // Since then, a round has been done with.
    const done = 'select from directory_poll where completed_at > $1'
    const now = new Date()
    await until(async () => (await first.list(done, now)).length > 0)
    const queued = await first.list<{ id: string }>('select id from sync_run where directory_id = $1', directory.id)
    expect(queued).toHaveLength(runs)
    for (const { id } of queued)
      expect(await first.finished(id)).toMatchObject({
        state: 'SUCCEEDED',
        kind: 'BACKFILL',
        usersSeen: 20,
        error: null,
      })
    if (runs > 0) await first.expectInStep()
  },
)

test('drift is found by a dry run that writes nothing, and repaired by a run', async () => {
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
  const [leaver, ...rest] = pull.simulator.store.users()
  pull.simulator.actions.offboard({ userId: leaver!.id })
  const run = await pull.resync()
  expect(run).toMatchObject({ state: 'SUCCEEDED', error: null })
  expect(run.removed).toBeGreaterThan(0)
  await pull.expectInStep()
  expect(rest.length).toBeGreaterThan(200)
})

test('answers that say it is tomorrow make no snapshot newer than what happens after it', async () => {
  globalThis.fetch = async (...request) => {
    const response = await fetch(...request)
    const headers = new Headers(response.headers)
    headers.set('date', new Date(Date.now() + 86_400_000).toUTCString())
    return new Response(response.body, { status: response.status, headers })
  }
  const run = await pull.resync()
  globalThis.fetch = fetch
  expect(run).toMatchObject({ state: 'SUCCEEDED', error: null })
  expect(run.snapshotAt!.getTime()).toBeLessThan(Date.now())
  const [leaver] = pull.simulator.store.users()
  for (const event of pull.simulator.actions.offboard({ userId: leaver!.id }).events) await pull.app.deliver(event)
  await pull.app.applied()
  await pull.expectInStep()
})

test('while a traversal runs events go on being applied, and what they tell is newer than what it has read', async () => {
  const { store, actions } = pull.simulator
  const [renamed, leaver, mover] = store.users()
  // The first pages of users and of members, as they are before it happens.
  const { reached, release } = holdAnswers()
  const run = pull.resync()
  await reached
  const { user: hired, events: hiring } = actions.hire()
  const events = [
    ...hiring,
    ...actions.rename({ userId: renamed!.id, changeEmail: true }).events,
    ...actions.offboard({ userId: leaver!.id }).events,
    ...actions.move({ userId: mover!.id }).events,
  ]
  for (const event of events) expect(await pull.app.deliver(event)).toBe(200)
  await pull.app.applied()
  await pull.expectInStep()
  release()
  expect(await run).toMatchObject({ state: 'SUCCEEDED', created: 0, updated: 0, removed: 0 })
  await pull.expectInStep()
  const ids = [renamed!.id, leaver!.id, mover!.id, hired.id]
  const sources = 'select distinct source::text from change where user_id = any($1) and recorded_at > $2'
  const { startedAt } = await run
  expect(await pull.list(sources, ids, startedAt)).toEqual([{ source: 'WEBHOOK' }])
})

/** Lets WorkOS answer, and holds the answers about users back until it is released. */
function holdAnswers() {
  const reached = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  globalThis.fetch = async (...request) => {
    const response = await fetch(...request)
    if (!new Request(...request).url.includes('/directory_users?')) return response
    const body = await response.arrayBuffer()
    reached.resolve()
    await gate.promise
    return new Response(body, response)
  }
  return { reached: reached.promise, release: () => gate.resolve() }
}

test('who comes back while a list is read, where it was read already, does not make it short', async () => {
  const [first, ...others] = pull.simulator.store.users()
  const tell = async (events: readonly object[]) => {
    for (const event of events) await pull.app.deliver(event)
    await pull.app.applied()
  }
  await tell(pull.simulator.actions.offboard({ userId: first!.id }).events)
  const { reached, release } = holdAnswers()
  const run = pull.resync()
  await reached
  await tell(pull.simulator.actions.rehire({ userId: first!.id, sameId: true }).events)
  release()
  expect(await run).toMatchObject({ state: 'SUCCEEDED', restarts: 0, error: null, usersSeen: others.length })
  await pull.expectInStep()
})

test('pages that were read before one that cannot be read are written, and are not read again', async () => {
  const asked: string[] = []
  const ids = pull.simulator.store
    .users()
    .map(({ id: userId }) => userId)
    .toSorted()
  const third = ids[199]!
  let broken = true
  globalThis.fetch = (...request) => {
    const { url } = new Request(...request)
    if (url.includes('/directory_users?directory')) asked.push(new URL(url).searchParams.get('after') ?? '')
    return broken && asked.at(-1) === third ? Promise.resolve(new Response('', { status: 500 })) : fetch(...request)
  }
  const id = await requestRun(pull.app.db.pool, { directoryId: pull.directoryId, kind: 'RESYNC' })
  const run = () => pull.app.db.prisma.syncRun.findUniqueOrThrow({ where: { id } })
  await until(async () => (await run()).error !== null)
  expect(await run()).toMatchObject({ state: 'RUNNING', phase: 'USERS', cursor: third, usersSeen: 200 })
  broken = false
  expect(await pull.finished(id)).toMatchObject({ state: 'SUCCEEDED', usersSeen: ids.length, error: null })
  expect(asked.filter((after) => after !== third).slice(0, 2)).toEqual(['', ids[99]])
  expect(asked.filter((after) => after === '')).toHaveLength(1)
  await pull.expectInStep()
})

test.each([false, true])(
  'a page that is broken for good ends a run, also a dry one that began anew (%s)',
  async (dryRun) => {
    let asked = 0
    globalThis.fetch = (...request) => {
      const { pathname, searchParams } = new URL(new Request(...request).url)
      if (pathname !== '/directory_users' || !searchParams.has('after')) return fetch(...request)
      asked += 1
      return Promise.resolve(new Response('', { status: 501 }))
    }
    expect(await pull.resync(dryRun)).toMatchObject({ state: 'FAILED', attempts: 6, error: 'WorkOS failed to respond' })
    expect(asked).toBe(24)
  },
)

test('a run whose lock is lost in the middle of a page counts that page once', async () => {
  const two = await startFilled({ SYNC_CONCURRENCY: '2' })
  onTestFinished(() => two.close())
  const gate = Promise.withResolvers<void>()
  const pages: string[] = []
  globalThis.fetch = async (...request) => {
    const { url } = new Request(...request)
    if (/\/directory_users\?directory=.*&after=/.test(url)) {
      pages.push(url)
      await gate.promise
    }
    return fetch(...request)
  }
  const run = two.resync()
  // The first page is written, and the second one is being read.
  await until(
    async () => (await two.list('select from sync_run where finished_at is null and users_seen = 100')).length > 0,
  )
  await until(() => Promise.resolve(pages.length === 1))
  // As when the connection that holds the lock breaks: the other loop begins where the first one is.
  const name = `sync-run ${two.directoryId}`
  await two.list(
    `select pg_terminate_backend(pid) from pg_locks
     where locktype = 'advisory' and (classid::bigint << 32 | objid::bigint) = ${lockKey('$1')}`,
    name,
  )
  await until(() => Promise.resolve(pages.length === 2))
  expect(pages[1]).toBe(pages[0])
  gate.resolve()
  const { store } = two.simulator
  expect(await run).toMatchObject({
    state: 'SUCCEEDED',
    restarts: 0,
    error: null,
    usersSeen: store.users().length,
    groupsSeen: store.groups().length,
    membershipsSeen: store.groups().reduce((sum, { id }) => sum + store.members(id).length, 0),
  })
  await two.expectInStep()
})

test('a page that was read in the end leaves all attempts to those after it', async () => {
  const failed = { first: 0, later: 0 }
  globalThis.fetch = (...request) => {
    const { pathname, searchParams } = new URL(new Request(...request).url)
    if (pathname !== '/directory_users') return fetch(...request)
    const page = searchParams.has('after') ? 'later' : 'first'
    // Each attempt asks four times.
    if (failed[page] === (page === 'first' ? 20 : 4)) return fetch(...request)
    failed[page] += 1
    return Promise.resolve(new Response('', { status: 501 }))
  }
  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED' })
  expect(failed).toEqual({ first: 20, later: 4 })
  await pull.expectInStep()
})
