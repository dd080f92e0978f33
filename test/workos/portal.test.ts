import { onTestFinished, expect, test } from 'vitest'
import type { PortalIntent } from '../../src/operations/portal-link.ts'
import type { UpstreamError } from '../../src/operations/upstream-error.ts'
import { createSimulator, type SimulatorOptions } from '../../src/simulator/simulator.ts'
import { createWorkos } from '../../src/workos/client.ts'
import { createGeneratePortalLink } from '../../src/workos/portal.ts'

/** Links by a simulated WorkOS, for its only organization unless another is named. */
async function start(clock: () => Date, options: SimulatorOptions = {}) {
  const simulator = await createSimulator({ announces: false, directories: ['okta'], usersPerDirectory: 3, ...options })
  onTestFinished(simulator.close)
  const told: UpstreamError[] = []
  const workos = createWorkos({ apiKey: simulator.apiKey, clientId: null, baseUrl: simulator.url, maxRetries: 1 })
  const generate = createGeneratePortalLink({ workos, now: clock, onError: (error) => void told.push(error) })
  const organizationId = simulator.store.organizations()[0]!.id
  const link = (fields: { intent?: PortalIntent; organizationId?: string; successUrl?: string } = {}) =>
    generate({ organizationId, intent: 'DSYNC', returnUrl: null, successUrl: null, ...fields })
  return { simulator, link, told }
}

const noon = new Date('2026-11-24T12:00:00.000Z')

test('a link dies five minutes after it was made, by the clock that is given', async () => {
  const { link } = await start(() => noon)
  expect((await link())!.expiresAt).toEqual(new Date('2026-11-24T12:05:00.000Z'))
})

test('no link is promised for longer than it lives, however long WorkOS takes', async () => {
  let now = noon.getTime()
  const { simulator, link } = await start(() => new Date(now), { clock: { now: () => now } })
  simulator.faults.set({ serverError: { count: 1 } })
  const linking = link()
  // The SDK is on its way, or waits to try again.
  now += 30_000
  const { url, expiresAt } = (await linking)!
  expect(expiresAt).toEqual(new Date(noon.getTime() + 5 * 60_000))
  now = expiresAt.getTime() - 1
  expect((await fetch(url)).status).toBe(200)
})

test.for([
  ['DSYNC', 'dsync'],
  ['SSO', 'sso'],
  ['AUDIT_LOGS', 'audit_logs'],
  ['LOG_STREAMS', 'log_streams'],
  ['DOMAIN_VERIFICATION', 'domain_verification'],
  ['CERTIFICATE_RENEWAL', 'certificate_renewal'],
] as const)('%s opens the portal for what WorkOS calls %s', async ([intent, word]) => {
  const { link } = await start(() => noon)
  const { url, ...rest } = (await link({ intent }))!
  expect(rest.intent).toBe(intent)
  expect(await (await fetch(url)).text()).toContain(`Intent ${word},`)
})

test('an organization that WorkOS does not know gets no link, and that is no failure', async () => {
  const { link, told } = await start(() => noon)
  expect(await link({ organizationId: 'org_unknown' })).toBeNull()
  expect(told).toEqual([])
})

test('what WorkOS refuses is told, and who watches hears of it', async () => {
  const { link, told } = await start(() => noon)
  const failure = { code: 'invalid_request_parameters', retryable: false, status: 422 }
  await expect(link({ successUrl: 'http://app.example' })).rejects.toMatchObject({ name: 'UpstreamError', ...failure })
  expect(told).toHaveLength(1)
})

test('half of an answer is not a link', async () => {
  const { simulator, link } = await start(() => noon)
  simulator.faults.set({ brokenBody: {} })
  await expect(link()).rejects.toMatchObject({ code: 'unreadable_answer', retryable: true })
})
