// What WorkOS allows: four calls a second for the users of one directory, and Retry-After where it was more.
import { afterAll, expect, test, type TestContext } from 'vitest'
import { startHarness } from './harness.ts'

/** By where they went, for there are two WorkOS. */
const calls = new Map<string, { at: number; refused: boolean }[]>()
const { fetch } = globalThis
globalThis.fetch = async (...request) => {
  const at = performance.now()
  const response = await fetch(...request)
  const { pathname, origin } = new URL(new Request(...request).url)
  if (pathname.startsWith('/directory_users'))
    calls.set(origin, [...(calls.get(origin) ?? []), { at, refused: response.status === 429 }])
  return response
}
afterAll(() => void (globalThis.fetch = fetch))

/** The backfill of a directory whose WorkOS enforces its limits: when users were asked for, and how often it said no. */
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
