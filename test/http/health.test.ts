import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createHealth } from '../../src/http/health.ts'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { openDatabase } from '../../src/db/database.ts'
import { isPassing } from '../../src/db/errors.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { send } from './send.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())

test('a server that can do its work is live and ready, and says so to anybody', async () => {
  const get = (path: string) => send(`${app.url}${path}`, { method: 'GET' })
  expect(await get('/health/live')).toMatchObject({ status: 200, body: '{"status":"live"}\n' })
  expect(await get('/health/ready')).toMatchObject({ status: 200, body: '{"status":"ready"}\n' })
  expect((await get('/health/ready?verbose')).status).toBe(200)
})

interface Condition {
  /** How long ago the worker has reported. */
  readonly silentMs?: number
  /** How far the clock is ahead. */
  readonly aheadMs?: number
  readonly closing?: boolean
  readonly connectionString?: string
}

/** What `/health/ready` says of a worker, a clock and a shutdown of the test's own. */
async function readiness(options: Condition) {
  const at = Date.now() + (options.aheadMs ?? 0)
  const closing = new AbortController()
  if (options.closing === true) closing.abort()
  const db = openDatabase({
    connectionString: options.connectionString ?? app.connectionString,
    size: 2,
    onIdleError: () => {},
  })
  const health = createHealth({
    db,
    worker: { lastBeat: () => new Date(at - (options.silentMs ?? 1_000)) },
    now: () => new Date(at),
    closing: closing.signal,
  })
  const server = createServer((_request, response) => void health.ready(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    await db.close()
  })
  const reply = await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { method: 'GET' })
  return [reply.status, JSON.parse(reply.body) as unknown]
}

test('what is wrong is named, each by itself and all together', async () => {
  expect(await readiness({})).toEqual([200, { status: 'ready' }])
  const worker = 'has not reported for 60 s'
  expect(await readiness({ silentMs: 60_000 })).toEqual([503, { status: 'not ready', problems: { worker } }])
  const server = 'is shutting down'
  expect(await readiness({ closing: true })).toEqual([503, { status: 'not ready', problems: { server } }])
  const clock = (text: string) => [503, { status: 'not ready', problems: { clock: text } }]
  expect(await readiness({ aheadMs: 90_000 })).toEqual(clock("is 90 s ahead of the database's"))
  expect(await readiness({ aheadMs: -90_000 })).toEqual(clock("is 90 s behind the database's"))
  const nowhere = 'postgresql://nobody:secret@127.0.0.1:9/none'
  expect(await readiness({ silentMs: 60_000, closing: true, connectionString: nowhere })).toEqual([
    503,
    { status: 'not ready', problems: { database: 'does not respond', worker, server } },
  ])
})

test('a database without its migrations is not ready', async () => {
  const { rows } = await app.db.pool.query<{ id: string }>(
    'delete from _prisma_migrations where migration_name = (select max(migration_name) from _prisma_migrations) returning *',
  )
  const problems = { migrations: 'are not all applied' }
  expect(await readiness({})).toEqual([503, { status: 'not ready', problems }])
  await app.db.pool.query(
    'insert into _prisma_migrations select * from json_populate_recordset(null::_prisma_migrations, $1)',
    [JSON.stringify(rows)],
  )
  expect(await readiness({})).toEqual([200, { status: 'ready' }])
})

test('a database that does not answer in time is not ready either', async () => {
  const blocker = await app.db.pool.connect()
  await blocker.query('begin')
  await blocker.query('lock table _prisma_migrations in access exclusive mode')
  const told = await readiness({})
  await blocker.query('rollback')
  blocker.release()
  const problems = { database: 'has not responded for 2000 ms' }
  expect(told).toEqual([503, { status: 'not ready', problems }])
})

test('a database that can only be read, as a standby, is not ready, and what it refuses is to be tried again', async () => {
  const connectionString = `${app.connectionString}&options=${encodeURIComponent('-c default_transaction_read_only=on')}`
  const problems = { database: 'is read-only' }
  expect(await readiness({ connectionString })).toEqual([503, { status: 'not ready', problems }])
  const db = openDatabase({ connectionString, size: 1, onIdleError: () => {} })
  onTestFinished(() => db.close())
  const refused = await db.pool.query('update change_clock set position = position').catch((error: unknown) => error)
  expect(isPassing(refused)).toBe(true)
})
