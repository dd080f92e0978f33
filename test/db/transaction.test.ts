import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase, type Database, type Tx } from '../../src/db/database.ts'
import { together } from '../../src/db/together.ts'
import { inFlights, inOneFlight, inTransaction } from '../../src/db/transaction.ts'
import { createTestDatabase, emptyDatabase } from '../support/database.ts'

let db: Database
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await createTestDatabase()
  drop = database.drop
  db = openDatabase({ connectionString: database.connectionString, size: 1, onIdleError: () => {} })
})
beforeEach(() => emptyDatabase(db.pool))
afterAll(async () => {
  await db.close()
  await drop()
})

const organizations = async () => (await db.pool.query('select id from organization')).rowCount
const insert = (id: string) => ({ text: 'insert into organization (id) values ($1)', values: [id] })
const nothing = () => Promise.resolve(null)

test('what is sent with the beginning belongs to the transaction, and what is sent with the end is committed', async () => {
  const given = await inFlights(db.pool, {
    first: (tx) => together(tx.query('select pg_advisory_xact_lock(1)'), tx.query<{ n: number }>('select 2 as n')),
    async rest(tx, [, { rows }]) {
      const { rowCount } = await tx.query(`select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`)
      return { result: [rows[0]!.n, rowCount], last: tx.query(insert('org_last')) }
    },
  })
  expect(given).toEqual([2, 1])
  expect(await organizations()).toBe(1)
})

test('Law 4: where what was sent with the end fails, nothing is committed, and it is told why', async () => {
  const failing = inFlights(db.pool, {
    first: nothing,
    async rest(tx) {
      await tx.query(insert('org_before'))
      return { result: null, last: together(tx.query('select 1 / 0'), tx.query(insert('org_last'))) }
    },
  })
  await expect(failing).rejects.toMatchObject({ code: '22012' })
  expect(await organizations()).toBe(0)
})

test('Law 4: where it cannot begin, or what was sent with the beginning fails, the rest is not done', async () => {
  let done = 0
  const rest = async () => ({ result: (done += 1), last: Promise.resolve() })
  const begun = inFlights(db.pool, { first: (tx) => tx.query('select 1 / 0'), rest })
  await expect(begun).rejects.toMatchObject({ code: '22012' })
  const unbegun = new Proxy(db.pool, {
    get: (pool, name) =>
      name !== 'connect'
        ? (Reflect.get(pool, name, pool) as unknown)
        : async () => {
            const client = await pool.connect()
            const query = client.query.bind(client) as (text: string) => Promise<unknown>
            return {
              query: (text: string) => query(text.startsWith('begin') ? 'begin nothing' : text),
              release: (error?: Error) => client.release(error),
            }
          },
  })
  await expect(inFlights(unbegun, { first: nothing, rest })).rejects.toMatchObject({ code: '42601' })
  expect(done).toBe(0)
})

test('what waits for a lock sees what its holder committed, whatever the default of the database', async () => {
  const connectionString = `${db.connectionString}&options=-c%20default_transaction_isolation%3Dserializable`
  const strict = openDatabase({ connectionString, size: 1, onIdleError: () => {} })
  const level = async (tx: Tx) =>
    (await tx.query<{ level: string }>(`select current_setting('transaction_isolation') as level`)).rows[0]!.level
  const found = [
    await level(strict.pool),
    await inTransaction(strict.pool, level),
    await inFlights(strict.pool, { first: level, rest: async (_, result) => ({ result, last: nothing() }) }),
    await inOneFlight(strict.pool, level),
  ]
  await strict.close()
  expect(found).toEqual(['serializable', ...Array.from({ length: 3 }, () => 'read committed')])
})
