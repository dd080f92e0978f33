// Law 1 and 2 for the Events API: whatever the webhook has lost is brought home by it.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createReceiver } from '../../src/inbox/receive.ts'
import { startCatchUp } from '../../src/pull/catch-up.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { openInbox } from '../inbox/inbox.ts'

let simulator: Simulator
/** One that most tests share: each begins and ends when it has caught up. */
let app: TestApp
beforeAll(async () => {
  simulator = await createSimulator({ apiKey: 'sk_test', directories: 2, usersPerDirectory: 30, rateLimits: false })
  app = await start()
  await caughtUp(app)
})
afterEach(async () => {
  simulator.faults.clear()
  simulator.setWebhook(null)
  await caughtUp(app)
})
afterAll(async () => {
  await app.close()
  await simulator.close()
})

const start = ({ env, ...options }: TestAppOptions = {}): Promise<TestApp> =>
  startTestApp({
    ...options,
    workosUrl: simulator.url,
    webhookSecrets: [simulator.webhookSecret],
    // Together, the tests let more people leave than the guard lets through.
    env: { CATCH_UP_INTERVAL_MS: '50', SYNC_RETRY_MS: '20', GUARD_MINIMUM: '1000000', ...env },
  })

async function one<Value>({ db }: TestApp, text: string, ...values: unknown[]): Promise<Value> {
  const { rows } = await db.pool.query<Record<string, Value>>(text, values)
  return Object.values(rows[0]!)[0]!
}

/** Waits until the newest event of the simulator was taken in and everything is applied. */
async function caughtUp(app: TestApp): Promise<void> {
  const newest = simulator.events().at(-1)!.id
  await until(async () => (await one<string | null>(app, 'select cursor from catch_up')) === newest)
  await app.applied()
}

/** How many events the shared one has stored, of all sources or of one. */
const storedBy = (source = '') =>
  one<number>(app, `select count(*)::int from inbox_event where $1 in ('', source::text)`, source)

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
  const other = await start({ connectionString: app.connectionString })
  const [told, stored] = [simulator.events().length, await storedBy('EVENTS_API')]
  for (let day = 0; day < 100; day += 1) simulator.step()
  const news = simulator.events().length - told
  expect(news).toBeGreaterThan(200)
  await caughtUp(app)
  expect(await people(app)).toEqual(theirs())
  expect(await storedBy('EVENTS_API')).toBe(stored + news)
  expect(await one(app, 'select completed_at is not null and error is null from catch_up')).toBe(true)
  await other.close()
})

test('a server that was away is complete again at its next start', async () => {
  const { connectionString, drop } = await createTestDatabase()
  const before = await start({ connectionString })
  await caughtUp(before)
  await before.close()
  for (let day = 0; day < 100; day += 1) simulator.step()
  const after = await start({ connectionString, env: { CATCH_UP_INTERVAL_MS: '600000' } })
  await caughtUp(after)
  expect(await people(after)).toEqual(theirs())
  await after.close()
  await drop()
})

test('what the webhook brought too is stored once', async () => {
  const [told, stored] = [simulator.events().length, await storedBy()]
  simulator.setWebhook(`${app.url}/webhooks/workos`)
  for (let day = 0; day < 50; day += 1) simulator.step()
  await simulator.settled()
  await caughtUp(app)
  expect(await people(app)).toEqual(theirs())
  expect((await storedBy()) - stored).toBe(simulator.events().length - told)
})

test('a delivery that is lost is brought by the next round, which another delivery hurries along', async () => {
  const slow = await start({ env: { CATCH_UP_INTERVAL_MS: '600000' } })
  await caughtUp(slow)
  simulator.setWebhook(`${slow.url}/webhooks/workos`)
  simulator.faults.set({ dropped: { count: 1 } })
  const [lost] = simulator.actions.offboard({}).events
  simulator.step()
  await caughtUp(slow)
  expect(await one(slow, `select source from inbox_event where id = '${lost!.id}'`)).toBe('EVENTS_API')
  expect(await people(slow)).toEqual(theirs())
  await slow.close()
})

test('a cursor that WorkOS has forgotten is dropped, what is retained is read again, and nothing changes twice', async () => {
  const changes = await one<number>(app, 'select count(*)::int from change')
  simulator.faults.set({ expiredCursor: { count: 1 } })
  await until(() => Promise.resolve(simulator.faults.state().active.expiredCursor === undefined))
  await caughtUp(app)
  expect(await one(app, 'select count(*)::int from change')).toBe(changes)
  simulator.step()
  await caughtUp(app)
  expect(await people(app)).toEqual(theirs())
})

test('a WorkOS that forgets every cursor is not asked again and again, and health can say why', async () => {
  simulator.faults.set({ expiredCursor: {} })
  const error = () => one<string | null>(app, 'select error from catch_up')
  await expect.poll(error).toMatch(/rejects its cursors/)
  simulator.faults.clear()
  await caughtUp(app)
  await expect.poll(error).toBeNull()
})

test('an event that cannot be decoded is FAILED and holds up no other', async () => {
  const original = globalThis.fetch
  const answered = simulator.events().at(-1)!.id
  let [asked, spoilt] = [false, false]
  globalThis.fetch = async (...request) => {
    const response = await original(...request)
    asked = true
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
    await until(async () => asked) // what was under way before would bring the news unspoilt
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
  simulator.faults.set({ serverError: { count: 3 }, rateLimited: { count: 1 }, brokenBody: { count: 1 } })
  simulator.step()
  await caughtUp(app)
  expect(await people(app)).toEqual(theirs())
})

test.for([
  ['behind', -600_000],
  ['ahead', 3_600_000],
] as const)('a server whose clock is %s tells the age of its reading by the clock of the database', async ([, off]) => {
  const inbox = await openInbox()
  const { pool } = inbox.db
  const now = () => new Date(Date.now() + off)
  let answer = () => Promise.resolve({ events: [], last: null, more: false })
  const reading = startCatchUp({
    db: inbox.db,
    readEvents: () => answer(),
    receiver: createReceiver(pool, { source: 'EVENTS_API', now, onStored: () => {} }),
    intervalMs: 10,
    replayMs: 1_000,
    now,
    closing: new AbortController().signal,
    onError: () => {},
  })
  const age = async (column: string) =>
    (await inbox.list<number | null>(`select abs(extract(epoch from now() - ${column}))::float8 from catch_up`))[0]!
  try {
    await until(async () => (await age('completed_at')) !== null)
    answer = () => Promise.reject(new Error('WorkOS does not answer'))
    await until(async () => (await age('failed_at')) !== null)
    for (const column of ['begun_at', 'completed_at', 'failed_at']) expect(await age(column)).toBeLessThan(60)
  } finally {
    await reading.close()
    await inbox.close()
  }
})
