import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { createApiKey } from '../../src/auth/api-key.ts'
import { openDatabase } from '../../src/db/database.ts'
import { deliver } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import { directory, event, user } from '../support/events.ts'
import { startServerProcess } from '../support/server-process.ts'
import { until } from '../support/until.ts'
import { createEndpoint, quiet, startSender, subscribe } from './endpoints.ts'
import { keyOf, startReceiver, type Received } from './receiver.ts'

afterEach(() => vi.useRealTimers())

const ofPeople = { kinds: ['DIRECTORY_USER_CREATED' as const, 'DIRECTORY_USER_UPDATED' as const] }
const people = ['ada', 'ben', 'cyd', 'dan', 'eve', 'fay']

/** Each person's messages, in the order in which they were accepted, without what came again. */
function storiesOf(accepted: readonly Received[]): Record<string, string[]> {
  const first = new Map(accepted.map((message) => [message.id, message]))
  const byPerson = Object.groupBy([...first.values()], keyOf)
  return Object.fromEntries(Object.entries(byPerson).map(([key, of]) => [key, of!.map(({ timestamp }) => timestamp)]))
}
const story = (events: number) =>
  Array.from({ length: events }, (_, index) => new Date(Date.UTC(2026, 5, 25, 0, 0, 2 + index)).toISOString())
const job = (name: string, round: number) =>
  event(`dsync.user.${round === 0 ? 'created' : 'updated'}`, user(name, { job_title: `Job ${round}` }), 2 + round)

test('two instances share the work, keep the order of each person, and send nothing at the same time', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 24) })
  const first = await startSender()
  const second = await startSender({ connectionString: first.connectionString })
  onTestFinished(async () => {
    await second.close()
    await first.close()
  })
  const receiver = await startReceiver()
  const sending = new Set<string>()
  const overlaps: string[] = []
  let count = 0
  receiver.answer = async (message) => {
    const person = keyOf(message)
    if (sending.has(person)) overlaps.push(person)
    sending.add(person)
    await sleep(count % 7)
    sending.delete(person)
    count += 1
    return count % 4 === 0 ? 500 : 204
  }
  const endpoint = await subscribe(first, receiver, ofPeople)
  await first.deliver(event('dsync.activated', directory(), 1))
  for (let round = 0; round < 8; round += 1)
    await Promise.all(people.map((name, index) => deliver((index % 2 === 0 ? first : second).url, job(name, round))))
  await first.applied()
  const left = async () =>
    (await first.db.prisma.webhookDelivery.count({ where: { endpointId: endpoint, status: 'PENDING' } })) > 0
  await quiet(first)
  while (await left()) {
    vi.setSystemTime(Date.now() + 600_000)
    await quiet(first)
  }
  expect(overlaps).toEqual([])
  expect(receiver.accepted).toHaveLength(48)
  expect(storiesOf(receiver.accepted)).toEqual(
    Object.fromEntries(people.map((name) => [`directory_user_${name}`, story(8)])),
  )
  const sent = [first, second].map(({ lines }) => lines.filter(({ msg }) => msg === 'webhook sent').length)
  expect(sent[0]).toBeGreaterThan(0)
  expect(sent[1]).toBeGreaterThan(0)
})

test('processes that are killed while they send lose nothing and keep the order of each person', async () => {
  const { connectionString, drop } = await createTestDatabase()
  const db = openDatabase({ connectionString, size: 2, onIdleError: () => {} })
  onTestFinished(async () => {
    await db.close()
    await drop()
  })
  const env = { OUTBOUND_CONCURRENCY: '8', OUTBOUND_ALLOW_PRIVATE: 'true', OUTBOUND_TIMEOUT_MS: '1000' }
  const receiver = await startReceiver()
  const { secret: key } = await createApiKey(db.pool, {
    name: 'test',
    scopes: ['*'],
    organizationId: null,
    createdBy: 'test',
  })
  let hold = true
  receiver.answer = async () => {
    if (hold) await sleep(5_000) // for longer than its process lives
    return 204
  }
  let server = await startServerProcess(connectionString, env)
  const made = await createEndpoint(server.url, key, { ...ofPeople, url: receiver.url })
  receiver.secrets = [made.secret]
  await deliver(server.url, event('dsync.activated', directory(), 1))
  for (let round = 0; round < 2; round += 1) {
    const before = receiver.received.length
    for (const name of people) expect(await deliver(server.url, job(name, round))).toBe(200)
    // In the middle of what it sends, and of what it makes of the log.
    await receiver.receives(before + round + 1)
    await server.end('SIGKILL')
    server = await startServerProcess(connectionString, env)
  }
  hold = false
  await until(async () => new Set(receiver.accepted.map(({ id }) => id)).size === 12, 60_000)
  expect(storiesOf(receiver.accepted)).toEqual(
    Object.fromEntries(people.map((name) => [`directory_user_${name}`, story(2)])),
  )
  await until(async () => (await db.prisma.webhookDelivery.count({ where: { status: 'DELIVERED' } })) === 12)
  // What came again is the same message.
  const bodies = Map.groupBy(receiver.received, ({ id }) => id)
  for (const [, of] of bodies) expect(new Set(of.map(({ body }) => body)).size).toBe(1)
  expect(bodies.size).toBe(12)
  expect(receiver.received.length).toBeGreaterThan(12)
})

test('a shutdown waits for the answer to what is being sent, but not for long, and loses nothing of either', async () => {
  const { connectionString, drop } = await createTestDatabase()
  const first = await startSender({ connectionString, env: { OUTBOUND_TIMEOUT_MS: '30000' } })
  const receiver = await startReceiver()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  receiver.answer = async ({ data }) => {
    await (data.directoryUserId === 'directory_user_ada' ? sleep(300) : released)
    return 204
  }
  const endpoint = await subscribe(first, receiver, ofPeople)
  await first.deliver(event('dsync.activated', directory(), 1))
  for (const name of ['ada', 'ben']) await first.deliver(job(name, 0))
  await receiver.receives(2)
  const second = await startSender({ connectionString, env: { OUTBOUND_CONCURRENCY: '0' } })
  onTestFinished(async () => {
    await second.close()
    await drop()
  })
  await first.close()
  const rows = await second.db.prisma.webhookDelivery.findMany({
    where: { endpointId: endpoint },
    orderBy: { position: 'asc' },
    select: { status: true, attempts: true, leasedUntil: true },
  })
  expect(rows).toEqual([
    { status: 'DELIVERED', attempts: 1, leasedUntil: null },
    { status: 'PENDING', attempts: 0, leasedUntil: null },
  ])
  release()
})
