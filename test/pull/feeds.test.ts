// Three feeds bring the same facts: the webhook, the Events API, the traversal. Each is killed in turn; health tells,
// and the others bring the rows home.
import { afterEach, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import type { FaultName } from '../../src/simulator/faults.ts'
import { webhookSecret } from '../support/app.ts'
import { query } from '../support/client.ts'
import { until } from '../support/until.ts'
import { startHarness, type Harness } from './harness.ts'

let pull: Harness
let key: string
const { fetch } = globalThis
afterEach(async () => {
  globalThis.fetch = fetch
  pull.simulator.faults.clear()
  await pull.close()
})

/** A directory of eighty that is in step, and how each feed may reach it from then on. */
async function start(env: Record<string, string>, { webhook }: { webhook: boolean }): Promise<void> {
  const company = { usersPerDirectory: 80, webhookSecret }
  pull = await startHarness(company, { env: { CATCH_UP_INTERVAL_MS: '50', ...env } })
  if (webhook) pull.simulator.setWebhook(`${pull.app.url}/webhooks/workos`)
  await pull.backfilled()
  await pull.expectInStep()
  await until(async () => (await pull.list('select from catch_up where completed_at is not null')).length > 0)
  key = await pull.app.key()
}

const Fed = graphql(`
  query Fed($id: ID!) {
    directory(id: $id) {
      health {
        status
        reasons
        pendingEvents
      }
    }
  }
`)
const health = async () => (await query(pull.app.url, key, Fed, { id: pull.directoryId })).directory!.health

async function healthIs(status: string): Promise<void> {
  await until(async () => (await health()).status === status)
}

/** As if the Events API had last been read to its end so many seconds ago. */
const lastRead = (seconds: number) =>
  pull.app.db.pool.query(`update catch_up set completed_at = now() - make_interval(secs => $1)`, [seconds])

/** While nobody reads the Events API, five minutes decide, and not before. */
async function stallsAfterFiveMinutes(): Promise<string[]> {
  await lastRead(280)
  expect(await health()).toMatchObject({ status: 'HEALTHY', reasons: [] })
  await lastRead(301)
  const { status, reasons } = await health()
  expect(status).toBe('STALLED')
  return reasons
}

/** Some days in the life of a company. */
function live(days = 40): void {
  for (let day = 0; day < days; day += 1) pull.simulator.step()
}

/** Waits until all that happened was stored by whatever feed there is, and applied. */
async function arrived(): Promise<void> {
  const ids = pull.simulator.events().map(({ id }) => id)
  await until(async () => (await pull.list('select from inbox_event where id = any($1)', ids)).length === ids.length)
  await pull.app.applied()
}

const sources = async () =>
  (await pull.list<{ source: string }>('select distinct source::text from inbox_event order by 1')).map(
    ({ source }) => source,
  )

test('no webhook at all: the Events API brings everything, and health has nothing to complain of', async () => {
  await start({}, { webhook: false })
  live()
  await arrived()
  await pull.expectInStep()
  expect(await sources()).toEqual(['EVENTS_API'])
  await lastRead(301)
  await healthIs('HEALTHY') // the next round has read it
  expect(await health()).toMatchObject({ status: 'HEALTHY', reasons: [], pendingEvents: 0 })
})

const DEAD: [string, Partial<Record<FaultName, object>>, RegExp][] = [
  ['answers 503', { outage: { match: '/events' } }, /WorkOS failed to respond|cannot be read/],
  ['breaks every connection', { hangUp: { match: '/events' } }, /cannot be reached/],
  ['forgets every cursor and has no page', { expiredCursor: {}, brokenBody: { match: '/events' } }, /cannot be read/],
]

test.each(DEAD)(
  'the Events API %s: webhooks go on, health is STALLED within its bound and says why, and recovers',
  async (_how, faults, reason) => {
    await start({}, { webhook: true })
    pull.simulator.faults.set(faults)
    await until(async () => (await pull.list('select from catch_up where error is not null')).length > 0)
    live()
    await arrived()
    await pull.expectInStep()
    expect(await sources()).toEqual(['WEBHOOK'])
    expect(await stallsAfterFiveMinutes()).toEqual([expect.stringMatching(reason)])

    pull.simulator.faults.clear()
    await healthIs('HEALTHY')
    live()
    await arrived()
    await pull.expectInStep()
  },
)

test('the Events API never answers: webhooks go on, and health is STALLED within its bound', async () => {
  await start({}, { webhook: true })
  const hanging = Promise.withResolvers<void>()
  globalThis.fetch = (...request) => {
    const { url, signal } = new Request(...request)
    if (!url.includes('/events?')) return fetch(...request)
    hanging.resolve()
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  }
  await hanging.promise
  live()
  await arrived()
  await pull.expectInStep()
  expect(await stallsAfterFiveMinutes()).toHaveLength(1)
  globalThis.fetch = fetch
})

test('both are dead and WorkOS forgets what happened meanwhile: a reconcile brings the rows home', async () => {
  const settings = { RECONCILE_INTERVAL_MS: '1000', SYNC_RETRY_MS: '600000', GUARD_MINIMUM: '1000' }
  await start(settings, { webhook: true })
  pull.simulator.faults.set({ dropped: {}, outage: { match: '/events' }, serverError: { match: '/director' } })
  live(100)
  const lost = pull.simulator.events().map(({ id }) => id)
  expect(await stallsAfterFiveMinutes()).toHaveLength(1)
  await expect(pull.expectInStep()).rejects.toThrow('deeply equal')

  // Retention has passed over all of it: neither feed can bring it any more.
  await fetch(`${pull.simulator.url}/_simulator/forget`, { method: 'POST' })
  pull.simulator.faults.clear()
  await until(async () => {
    // Where a traversal was under way, as if the time until its next attempt had passed.
    await pull.app.db.pool.query(`update sync_run set next_attempt_at = null where finished_at is null`)
    try {
      await pull.expectInStep()
      return true
    } catch {
      return false // not yet
    }
  })
  await healthIs('HEALTHY')
  expect(await pull.list('select from inbox_event where id = any($1)', lost)).toEqual([])
  expect((await pull.list(`select from change where source = 'SYNC_RUN'`)).length).toBeGreaterThan(0)
})

test('the list of directories alone is dead: comparisons go on, and health tells within its bound', async () => {
  await start({ RECONCILE_INTERVAL_MS: '1000' }, { webhook: true })
  globalThis.fetch = (...request) =>
    new URL(new Request(...request).url).pathname === '/directories'
      ? Promise.resolve(new Response('', { status: 500 }))
      : fetch(...request)
  const failed = 'select from directory_poll where error is not null'
  await until(async () => (await pull.list(failed)).length > 0)
  const ended = async () => (await pull.list(`select from sync_run where state = 'SUCCEEDED'`)).length
  const before = await ended()
  await until(async () => (await ended()) > before + 1)
  const lastListed = (seconds: number) =>
    pull.list('update directory_poll set completed_at = now() - make_interval(secs => $1)', seconds)
  await lastListed(280)
  expect(await health()).toMatchObject({ status: 'HEALTHY', reasons: [] })
  await lastListed(301)
  expect(await health()).toMatchObject({
    status: 'DEGRADED',
    reasons: ['WorkOS has not listed its directories for 5 minutes: WorkOS failed to respond'],
  })
  globalThis.fetch = fetch
  await healthIs('HEALTHY')
})

test("all of WorkOS's API is down: webhooks are acknowledged and applied, health tells, and the rest is made up for", async () => {
  await start({ RECONCILE_INTERVAL_MS: '1000', SYNC_RETRY_MS: '600000' }, { webhook: true })
  pull.simulator.faults.set({ outage: {} })
  live()
  await arrived()
  await pull.expectInStep()
  expect((await stallsAfterFiveMinutes())[0]).toMatch(/^The Events API has not been read to its end/)
  // What only the API tells, it tells when it is back.
  pull.simulator.actions.changeDirectory({ directoryId: pull.directoryId, state: 'validating' })
  pull.simulator.faults.set({ dropped: { count: 5 } })
  live()
  await pull.simulator.settled()
  pull.simulator.faults.clear()
  await healthIs('DEGRADED')
  expect((await health()).reasons).toEqual(['WorkOS is still validating the directory'])
  pull.simulator.actions.changeDirectory({ directoryId: pull.directoryId, state: 'linked' })
  await healthIs('HEALTHY')
  await arrived()
  await pull.expectInStep()
})
