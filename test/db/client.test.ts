// What was read is garbage as soon as nobody needs it, also where one statement follows the other for a long time.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBell } from '../../src/changes/bell.ts'
import { Client } from '../../src/db/client.ts'
import { isPassing } from '../../src/db/errors.ts'
import { createQuickReads } from '../../src/db/quick-reads.ts'
import { allowLong, inTransaction } from '../../src/db/transaction.ts'
import { createTestDatabase } from '../support/database.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('rows that were read do not pile up', async () => {
  const reader = fileURLToPath(new URL('read-many.ts', import.meta.url))
  // In a process of its own, of which nothing else is in memory.
  const { stdout } = await promisify(execFile)(process.execPath, [reader, database.connectionString])
  const { first, most } = JSON.parse(stdout) as { first: number; most: number }
  // 150 MB are read. As pg promises them, 40 are there at once.
  expect((most - first) / 1_048_576).toBeLessThan(20)
})

test('a statement that fails says where it was asked', async () => {
  const client: pg.Client = new Client({ connectionString: database.connectionString })
  await client.connect()
  const askWrongly = async (): Promise<unknown> => client.query('select nothing_of_the_kind')
  try {
    const error = await askWrongly().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: '42703', stack: expect.stringContaining('client.test.ts') as string })
  } finally {
    await client.end()
  }
})

test('who brings a callback, or an object that tells by itself, is told so', async () => {
  const client: pg.Client = new Client({ connectionString: database.connectionString })
  await client.connect()
  try {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    expect(client.query('select 1 as one', (_error, { rows }) => resolve(rows))).toBeUndefined()
    expect(await promise).toEqual([{ one: 1 }])
    const query = new pg.Query<{ one: number }>('select 2 as one')
    const rows: unknown[] = []
    query.on('row', (row) => rows.push(row))
    const ended = new Promise((resolve) => query.on('end', resolve))
    expect(client.query(query)).toBe(query)
    await ended
    expect(rows).toEqual([{ one: 2 }])
  } finally {
    await client.end()
  }
})

/** A path to the database that can go silent. */
async function openPath() {
  const pg = new URL(database.connectionString.replace('postgresql://postgres@/', 'postgresql://postgres@host/'))
  const socketPath = `${pg.searchParams.get('host')}/.s.PGSQL.${pg.searchParams.get('port')}`
  let silent = false
  const sockets = new Set<Socket>()
  // Half open: otherwise this side would answer a goodbye by itself.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const beyond = connect({ path: socketPath, allowHalfOpen: true })
    for (const [one, other] of [
      [socket, beyond],
      [beyond, socket],
    ] as const) {
      sockets.add(one)
      one.on('data', (bytes) => !silent && other.write(bytes))
      one.on('end', () => !silent && other.end())
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    connectionString: `postgresql://postgres@127.0.0.1:${port}${pg.pathname}`,
    goSilent: () => (silent = true),
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

test('a connection whose path has gone silent is broken, and whoever waits learns it', async () => {
  const path = await openPath()
  const pool = new pg.Pool({ connectionString: path.connectionString, Client, max: 1 })
  pool.on('error', () => {})
  try {
    const client = (await pool.connect()) as Client & pg.PoolClient
    client.on('error', () => {})
    client.waitFor(300)
    const asked: Promise<unknown> = client.query('select pg_sleep(0.2)')
    await asked // an answer in time
    await (client.query('select pg_sleep(0.2)') as Promise<unknown>)
    path.goSilent()
    const reasons = await Promise.all([
      (client.query('select 1') as Promise<unknown>).catch((error: unknown) => error),
      new Promise((resolve) => (client.query as Ask)('select 2', (error: unknown) => resolve(error))),
    ])
    for (const reason of reasons) expect(isPassing(reason)).toBe(true)
    expect(String(reasons[0])).toMatch('Connection terminated: nothing was answered for 300 ms')
    client.release(true)
  } finally {
    await pool.end()
    path.close()
  }
})

test("what pg says of a connection that broke before a statement is the connection's fault", async () => {
  const client: pg.Client = new Client({ connectionString: database.connectionString })
  client.on('error', () => {})
  await client.connect()
  const ended = new Promise((resolve) => client.once('end', resolve)) // once() would reject with its error
  await (client.query('select pg_terminate_backend(pg_backend_pid())') as Promise<unknown>).catch(() => {})
  await ended
  const afterwards: unknown = await client.query('select 1').catch((error: unknown) => error)
  expect(String(afterwards)).toMatch(/is not queryable/)
  expect(isPassing(afterwards)).toBe(true)
})

test('a connection whose path has gone silent ends all the same', async () => {
  const path = await openPath()
  const pool = new pg.Pool({ connectionString: path.connectionString, Client, max: 1 })
  const bell = createBell({ connectionString: path.connectionString, onError: () => {} })
  const quick = createQuickReads({ connection: { connectionString: path.connectionString }, onIdleError: () => {} })
  try {
    const client = await pool.connect()
    const gone = once(client, 'end')
    client.release()
    await quick.query('select 1', [])
    const rung = Promise.withResolvers<void>()
    bell.listen(() => rung.resolve())
    await rung.promise
    path.goSilent()
    await expect(Promise.all([pool.end(), gone, bell.close(), quick.close()])).resolves.toHaveLength(4)
  } finally {
    path.close()
  }
})

type Ask = (text: string, callback: (error: unknown) => void) => void

test('a statement that is allowed to take longer is waited for, in its transaction alone', async () => {
  const pool = new pg.Pool({ connectionString: database.connectionString, Client, max: 1 })
  pool.on('connect', (client) => (client as unknown as Client).waitFor(200))
  try {
    await inTransaction(pool, async (tx) => {
      await allowLong(tx, 5_000)
      await tx.query('select pg_sleep(0.5)')
    })
    expect((await pool.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '0' }])
  } finally {
    await pool.end()
  }
})
