// What WorkOS allows: four calls a second for the users of one directory, and Retry-After where it was more.
import { afterAll, expect, test, type TestContext } from 'vitest'
import { requestRun } from '../../src/sync/request-run.ts'
import { startTestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { startHarness } from './harness.ts'

/** By where they went, for there are several WorkOS. */
const calls = new Map<string, { at: number; refused: boolean }[]>()
/** When whatever was asked for, by origin and path, was answered with 429. */
const refusals = new Map<string, number[]>()
const { fetch } = globalThis
/** What a WorkOS answers to some that it does not want to be asked. */
const slow = new Map<string, { paths: readonly string[]; refusal: ResponseInit }>()
globalThis.fetch = async (...request) => {
  const at = performance.now()
  const response = await answer(request)
  const { pathname, origin } = new URL(new Request(...request).url)
  const asked = `${origin}${pathname}`
  if (!response.ok) refusals.set(asked, [...(refusals.get(asked) ?? []), performance.now()])
  if (pathname.startsWith('/directory_users'))
    calls.set(origin, [...(calls.get(origin) ?? []), { at, refused: response.status === 429 }])
  return response
}
async function answer(request: Parameters<typeof fetch>): Promise<Response> {
  const { pathname, origin } = new URL(new Request(...request).url)
  const told = slow.get(origin)
  if (told?.paths.includes(pathname) !== true) return fetch(...request)
  return Response.json({ message: 'Ratelimited' }, told.refusal)
}
afterAll(() => void (globalThis.fetch = fetch))

/**
 * The backfill of a directory whose WorkOS enforces its limits: when users were asked for, and how often it said no.
 */
async function backfill(usersPerSecond: string, { onTestFinished }: TestContext) {
  const pull = await startHarness(
    { usersPerDirectory: 40, rateLimits: true },
    { env: { DIRECTORY_USERS_PER_SECOND: usersPerSecond } },
  )
  onTestFinished(() => pull.close())
  await pull.backfilled()
  await pull.expectInStep()
  return calls.get(pull.simulator.url)!
}

test.concurrent('a traversal that keeps to the limit is not told to call less often', async (context) => {
  const asked = await backfill('4', context)
  expect(asked.length).toBeGreaterThan(20)
  expect(asked.at(-1)!.at - asked[0]!.at).toBeGreaterThan((asked.length - 1) * 240)
  // A request that was long on its way comes close to the one behind it.
  expect(asked.filter(({ refused }) => refused).length).toBeLessThan(asked.length / 5)
})

test.concurrent('one that asks for more is refused, waits as long as it is told, and ends complete', async (context) => {
  const asked = await backfill('0', context)
  const refusals = asked.filter(({ refused }) => refused)
  expect(refusals.length).toBeGreaterThan(0)
  for (const { at } of refusals) {
    const next = asked.find((one) => one.at > at)!
    expect(next.at - at).toBeGreaterThanOrEqual(1_000)
  }
})

test.concurrent('who is refused again and again leaves WorkOS alone as long as it is told, however often', async (context) => {
  const pull = await startHarness({ usersPerDirectory: 40 }, { env: { CATCH_UP_INTERVAL_MS: '50' } })
  context.onTestFinished(() => pull.close())
  await pull.backfilled()
  pull.simulator.faults.set({ rateLimited: {} })
  const run = pull.resync()
  const paths = ['/events', '/directories', `/directories/${pull.directoryId}`]
  const of = (path: string) => refusals.get(`${pull.simulator.url}${path}`) ?? []
  // More often than one request is repeated. Timers may be a little early.
  await until(() => Promise.resolve(paths.every((path) => of(path).length > 5)))
  for (const path of paths)
    for (const [n, at] of of(path).entries())
      expect([path, n, at - (of(path)[n - 1] ?? 0) >= 995]).toEqual([path, n, true])
  pull.simulator.faults.clear()
  expect(await run).toMatchObject({ state: 'SUCCEEDED' })
})

test.concurrent.for([
  [429, { 'retry-after': '600' }, 'WorkOS asks for fewer requests'],
  [503, { 'retry-after': '600' }, 'WorkOS failed to respond'],
  [
    429,
    { 'retry-after': 'Tue, 24 Nov 2026 12:10:00 GMT', date: 'Tue, 24 Nov 2026 12:00:00 GMT' },
    'WorkOS asks for fewer requests',
  ],
] as const)(
  'a run that is told to wait for ten minutes asks once, and not before: %i, %j',
  async ([status, headers, message], context) => {
    const pull = await startHarness({ usersPerDirectory: 40 })
    context.onTestFinished(() => pull.close())
    await pull.backfilled()
    slow.set(pull.simulator.url, { paths: ['/directory_groups'], refusal: { status, headers } })
    const id = await requestRun(pull.app.db.pool, { directoryId: pull.directoryId, kind: 'RESYNC' })
    const run = () => pull.app.db.prisma.syncRun.findUniqueOrThrow({ where: { id } })
    await until(async () => (await run()).nextAttemptAt !== null)
    const { attempts, nextAttemptAt, error } = await run()
    expect({ attempts, error }).toEqual({ attempts: 1, error: message })
    expect(nextAttemptAt!.getTime() - Date.now()).toBeGreaterThan(590_000)
    expect(refusals.get(`${pull.simulator.url}/directory_groups`)).toHaveLength(1)
  },
)

test.concurrent('what WorkOS tells one instance is obeyed by those that are started after it', async ({
  onTestFinished,
}) => {
  const { connectionString, drop } = await createTestDatabase()
  const env = { CATCH_UP_INTERVAL_MS: '50', DIRECTORY_POLL_MS: '50' }
  const { simulator, app, directoryId, ...first } = await startHarness(
    { usersPerDirectory: 40 },
    { connectionString, env },
  )
  const closing: (() => Promise<void>)[] = [drop, () => simulator.close()]
  onTestFinished(async () => {
    for (const close of closing.toReversed()) await close()
  })
  await first.backfilled()
  const paths = ['/events', '/directories']
  const of = (path: string) => refusals.get(`${simulator.url}${path}`) ?? []
  slow.set(simulator.url, { paths, refusal: { status: 503, headers: { 'retry-after': '600' } } })
  const resting =
    'select from catch_up, directory_poll poll where catch_up.error is not null and poll.error is not null'
  await until(async () => (await first.list(resting)).length > 0)
  await app.close()

  const others = {
    connectionString,
    workosUrl: simulator.url,
    env: { ...env, SYNC_CONCURRENCY: '1', SYNC_RETRY_MS: '20' },
  }
  for (const other of [await startTestApp(others), await startTestApp(others)]) {
    closing.push(() => other.close())
    // A run takes many rounds of the feeds, and is not kept from its lists.
    const id = await requestRun(other.db.pool, { directoryId, kind: 'RESYNC' })
    await until(async () => (await other.db.prisma.syncRun.count({ where: { id, state: 'SUCCEEDED' } })) === 1)
  }
  expect(paths.map((path) => of(path).length)).toEqual([1, 1])
})
