// Law 1 and 2 for the Events API: whatever the webhook has lost is brought home by it.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

let simulator: Simulator
const apps: TestApp[] = []

beforeEach(async () => {
  simulator = await createSimulator({ apiKey: 'sk_test', directories: 2, usersPerDirectory: 30, rateLimits: false })
})
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()))
  await simulator.close()
})

async function start(options: TestAppOptions = {}): Promise<TestApp> {
  const app = await startTestApp({
    ...options,
    workosUrl: simulator.url,
    webhookSecrets: [simulator.webhookSecret],
    env: { CATCH_UP_INTERVAL_MS: '50', ...options.env },
  })
  apps.push(app)
  return app
}

async function stop(app: TestApp): Promise<void> {
  apps.splice(apps.indexOf(app), 1)
  await app.close()
}

async function one<Value>({ db }: TestApp, text: string): Promise<Value> {
  const { rows } = await db.pool.query<Record<string, Value>>(text)
  return Object.values(rows[0]!)[0]!
}

/** Waits until the newest event of the simulator was taken in and everything is applied. */
async function caughtUp(app: TestApp): Promise<void> {
  const newest = simulator.events().at(-1)!.id
  await until(async () => (await one<string | null>(app, 'select cursor from catch_up')) === newest)
  await app.applied()
}

/** The active people as the mirror has them. */
const people = (app: TestApp) =>
  one<string[]>(
    app,
    `select coalesce(array_agg(id || ' ' || coalesce(email, '') order by id), '{}') from directory_user where state = 'ACTIVE'`,
  )

/** The active people as WorkOS has them. */
function theirs(): string[] {
  const active = simulator.store.users().filter(({ state }) => state === 'active')
  return active.map(({ id, email }) => `${id} ${email ?? ''}`).sort()
}

test('without any webhook the mirror is complete, over many pages and with two instances', async () => {
  const app = await start()
  const other = await start({ connectionString: app.connectionString })
  for (let day = 0; day < 100; day += 1) simulator.step()
  expect(simulator.events().length).toBeGreaterThan(250)
  await caughtUp(app)
  expect(await people(app)).toEqual(theirs())
  expect(await one(app, `select count(*)::int from inbox_event where source = 'EVENTS_API'`)).toBe(
    simulator.events().length,
  )
  expect(await one(app, 'select completed_at is not null and error is null from catch_up')).toBe(true)
  await stop(other)
})

test('a server that was away is complete again at its next start', async () => {
  const { connectionString, drop } = await createTestDatabase()
  const before = await start({ connectionString })
  await caughtUp(before)
  await stop(before)
  for (let day = 0; day < 100; day += 1) simulator.step()
  const after = await start({ connectionString, env: { CATCH_UP_INTERVAL_MS: '600000' } })
  await caughtUp(after)
  expect(await people(after)).toEqual(theirs())
  await stop(after)
  await drop()
})

test('what the webhook brought too is stored once', async () => {
  const app = await start()
  simulator.setWebhook(`${app.url}/webhooks/workos`)
  for (let day = 0; day < 50; day += 1) simulator.step()
  await simulator.settled()
  await caughtUp(app)
  expect(await people(app)).toEqual(theirs())
  expect(await one(app, 'select count(*)::int from inbox_event')).toBe(simulator.events().length)
})

test('a delivery that is lost is brought by the next round, which another delivery hurries along', async () => {
  const app = await start({ env: { CATCH_UP_INTERVAL_MS: '600000' } })
  await caughtUp(app)
  simulator.setWebhook(`${app.url}/webhooks/workos`)
  simulator.faults.set({ dropped: { count: 1 } })
  const [lost] = simulator.actions.offboard({}).events
  simulator.step()
  await caughtUp(app)
  expect(await one(app, `select source from inbox_event where id = '${lost!.id}'`)).toBe('EVENTS_API')
  expect(await people(app)).toEqual(theirs())
})

test('a cursor that WorkOS has forgotten is dropped, what is retained is read again, and nothing changes twice', async () => {
  const app = await start()
  await caughtUp(app)
  const changes = await one<number>(app, 'select count(*)::int from change')
  simulator.faults.set({ expiredCursor: { count: 1 } })
  await until(() => Promise.resolve(simulator.faults.state().active.expiredCursor === undefined))
  await caughtUp(app)
  expect(await one(app, 'select count(*)::int from change')).toBe(changes)
  simulator.step()
  await caughtUp(app)
  expect(await people(app)).toEqual(theirs())
})

test('an event that cannot be decoded is FAILED and holds up no other', async () => {
  const app = await start()
  await caughtUp(app)
  const original = globalThis.fetch
  const answered = simulator.events().at(-1)!.id
  let spoilt = false
  globalThis.fetch = async (...request) => {
    const response = await original(...request)
    if (spoilt || !new Request(...request).url.includes(`after=${answered}`)) return response
    const page = (await response.json()) as { data: unknown[] }
    if (page.data.length > 0) {
      spoilt = true
      page.data.unshift(
        { object: 'event', event: 'dsync.user.created', data: 7 },
        {
          id: 'event_odd',
          event: 'dsync.user.created',
          data: { directory_id: 'directory_x', state: 5 },
          created_at: '2026-01-01T00:00:00.000Z',
        },
      )
    }
    return Response.json(page, { headers: response.headers })
  }
  try {
    simulator.step()
    await caughtUp(app)
  } finally {
    globalThis.fetch = original
  }
  expect(spoilt).toBe(true)
  expect(await one(app, `select count(*)::int from inbox_event where status = 'FAILED'`)).toBe(2)
  expect(await people(app)).toEqual(theirs())
})

test('a page that is not oldest first is refused, and the cursor stays where it was', async () => {
  const app = await start()
  await caughtUp(app)
  const cursor = await one<string>(app, 'select cursor from catch_up')
  const original = globalThis.fetch
  globalThis.fetch = async (...request) => {
    const response = await original(...request)
    if (!new Request(...request).url.includes('/events?')) return response
    const page = (await response.json()) as { data: { created_at: string }[] }
    if (page.data.length > 1) page.data[0]!.created_at = '2999-01-01T00:00:00.000Z'
    return Response.json(page, { headers: response.headers })
  }
  try {
    for (let day = 0; day < 10; day += 1) simulator.step()
    await until(
      async () => (await one<string | null>(app, 'select error from catch_up'))?.includes('oldest first') ?? false,
    )
    expect(await one(app, 'select cursor from catch_up')).toBe(cursor)
  } finally {
    globalThis.fetch = original
  }
  await caughtUp(app)
  expect(await people(app)).toEqual(theirs())
  expect(await one(app, 'select error from catch_up')).toBeNull()
})

test('an outage of WorkOS is waited out', async () => {
  const app = await start()
  await caughtUp(app)
  simulator.faults.set({ serverError: { count: 3 }, rateLimited: { count: 1 }, brokenBody: { count: 1 } })
  simulator.step()
  await caughtUp(app)
  expect(await people(app)).toEqual(theirs())
})
