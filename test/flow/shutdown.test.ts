import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { startTestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import { directory, event } from '../support/events.ts'
import { asServerSentEvents, connectSocket, openStream } from '../support/live.ts'
import { waitingLocks } from '../support/waiting-locks.ts'

const SOON = 2_000
const PATIENCE = 12_000 // for who does not answer

/** Resolves when a statement waits for the lock of a table. */
async function waitingFor({ pool }: Database, table: string): Promise<void> {
  while ((await waitingLocks(pool, `relation = '${table}'::regclass`)) === 0) await sleep(2)
}

test('a client that keeps its connection busy does not hold a shutdown up', async () => {
  const app = await startTestApp()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  let answers = 0
  const ask = async () => {
    const asked = request(`${app.url}/health/ready`, { agent }).end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    await response.resume().toArray()
    answers += 1
  }
  const asking = (async () => {
    for (;;) await ask()
  })().catch((error: Error) => error)
  while (answers < 10) await sleep(1)
  const from = performance.now()
  await app.close()
  expect(performance.now() - from).toBeLessThan(SOON)
  expect(await asking).toBeInstanceOf(Error) // nobody answers any more
})

test('a delivery that is under way is stored and answered before the server has shut down', async () => {
  const { connectionString, drop } = await createTestDatabase()
  const db = openDatabase({ connectionString, size: 2, onIdleError: () => {} })
  onTestFinished(async () => {
    await db.close()
    await drop()
  })
  const app = await startTestApp({ connectionString })
  const closed = await inTransaction(db.pool, async (tx) => {
    await tx.query('lock table inbox_event')
    const delivery = app.deliver(event('dsync.activated', directory(), 1, 'event_under_way'))
    await waitingFor(db, 'inbox_event')
    return { delivery, closing: app.close() }
  })
  expect(await closed.delivery).toBe(200)
  const from = performance.now()
  await closed.closing
  expect(performance.now() - from).toBeLessThan(SOON) // though the sender keeps its connection alive
  const { rows } = await db.pool.query('select id from inbox_event')
  expect(rows).toEqual([{ id: 'event_under_way' }])
})

test('subscribers are told of a shutdown, and it does not wait for them', async () => {
  const app = await startTestApp()
  const key = await app.key()
  const operation = { query: 'subscription { changes { cursor } }' }
  const socket = connectSocket(app.url, key)
  const overSocket = socket.subscribe(operation)
  const stream = asServerSentEvents(app.url, key, operation)
  const waiting = [overSocket.next(), stream.next()]
  await app.deliver(event('dsync.activated', directory(), 1))
  await Promise.all(waiting)
  const ends = Promise.all([overSocket, stream].map((live) => live.next().catch((error: Error) => error.message)))
  const from = performance.now()
  await app.close()
  expect(performance.now() - from).toBeLessThan(SOON)
  expect(await ends).toEqual(['The connection has ended', 'The subscription is complete'])
  expect(socket.closed()).toMatchObject({ code: 1001 })
})

test('a client that reads nothing any more does not hold a shutdown up', async () => {
  const app = await startTestApp()
  const key = await app.key()
  const operation = { query: 'subscription { changes { cursor } }' }
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }))
  await once(socket, 'message')
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: operation }))
  socket.pause() // as a laptop that sleeps
  const stream = openStream(app.url, key, operation)
  onTestFinished(() => void stream.destroy())
  await once(stream, 'response')
  const from = performance.now()
  await app.close()
  expect(performance.now() - from).toBeLessThan(PATIENCE)
})
