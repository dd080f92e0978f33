import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { createTestDatabase } from '../support/database.ts'
import { directory, event, user } from '../support/events.ts'
import { asServerSentEvents } from '../support/live.ts'
import { waitingLocks } from '../support/waiting-locks.ts'
import { connect } from './socket.ts'
import { send, signature } from './send.ts'

async function startOn(): Promise<{ app: TestApp; drop: () => Promise<void> }> {
  const { connectionString, drop } = await createTestDatabase()
  return { app: await startTestApp({ connectionString }), drop }
}

test('sockets are told to go away, streams are ended, and both are quick', async () => {
  const { app, drop } = await startOn()
  const key = await app.key()
  const sockets = Array.from({ length: 5 }, () => connect(app.url, key))
  for (const socket of sockets) await socket.connected
  const followed = sockets[0]!
    .follow('subscription { changes { id } }')
    .next()
    .catch(() => 'ended')
  const stream = asServerSentEvents(app.url, key, { query: 'subscription { changes { id } }' })
  const streamed = stream.next().catch((error: Error) => error.message)
  await app.deliver(event('dsync.activated', directory()))
  await Promise.all([followed, streamed])
  const rest = stream.next().catch((error: Error) => error.message)

  const since = performance.now()
  await app.close()
  expect(performance.now() - since).toBeLessThan(5_000)
  expect((await Promise.all(sockets.map(({ closed }) => closed))).map(({ code }) => code)).toEqual(
    sockets.map(() => 1001),
  )
  expect(await rest).toBe('The subscription is complete')
  await expect(fetch(`${app.url}/health/live`)).rejects.toThrow('fetch failed')
  await drop()
})

test('requests that are under way are finished, and what they stored stays', async () => {
  const { app, drop } = await startOn()
  const key = await app.key()
  const other = await startTestApp({ connectionString: app.connectionString })
  await ask(app.url, key, '{ viewer { id } }')
  const blocker = await other.db.pool.connect()
  await blocker.query('begin')
  await blocker.query('lock table inbox_event, directory in access exclusive mode')
  const body = JSON.stringify(event('dsync.user.created', user('late'), 1, 'event_late'))
  const delivering = send(`${app.url}/webhooks/workos`, { method: 'POST', headers: signature(body) }, body)
  const asking = ask(app.url, key, '{ directories { totalCount } }')
  const waiting = () => waitingLocks(other.db.pool, `relation in ('inbox_event'::regclass, 'directory'::regclass)`)
  await expect.poll(waiting, { interval: 20 }).toBeGreaterThanOrEqual(2)
  await expect
    .poll(
      async () =>
        (
          await other.db.pool.query<{ query: string }>(
            `select query from pg_stat_activity where wait_event_type = 'Lock'`,
          )
        ).rows.some(({ query }) => query.includes('insert into inbox_event')),
      { interval: 20 },
    )
    .toBe(true)

  const closing = app.close()
  const refuses = () =>
    fetch(`${app.url}/health/live`).then(
      () => false,
      () => true,
    )
  await expect.poll(refuses, { interval: 20 }).toBe(true)
  await blocker.query('commit')
  blocker.release()
  expect(await delivering).toMatchObject({ status: 200, headers: { connection: 'close' } })
  expect(await asking).toEqual({ data: { directories: { totalCount: 0 } } })
  await closing
  expect(await other.db.prisma.inboxEvent.count({ where: { id: 'event_late' } })).toBe(1)
  await other.close()
  await drop()
})

test('closing twice is closing once, and idle connections do not hold it up', async () => {
  const { app, drop } = await startOn()
  const idle = connectTcp(app.port, '127.0.0.1')
  await once(idle, 'connect')
  idle.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(idle, 'data')
  const since = performance.now()
  const [first] = await Promise.all([app.close(), once(idle, 'close')])
  expect(first).toBeUndefined()
  expect(performance.now() - since).toBeLessThan(5_000)
  await drop()
})

test('clients that send one request after the other on their connections lose none', async () => {
  const { app, drop } = await startOn()
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const outcomes: string[] = []
  const once = () =>
    new Promise<string>((resolve) => {
      const request = get(`${app.url}/health/live`, { agent }, (response) => {
        response.resume().once('end', () => resolve('answered'))
      })
      request.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })
  const client = async () => {
    for (let last = ''; last !== 'ECONNREFUSED';) outcomes.push((last = await once()))
  }
  const clients = Array.from({ length: 8 }, client)
  await expect.poll(() => outcomes.length).toBeGreaterThan(200)
  await app.close()
  await Promise.all(clients)
  agent.destroy()
  expect(new Set(outcomes)).toEqual(new Set(['answered', 'ECONNREFUSED']))
  await drop()
})
