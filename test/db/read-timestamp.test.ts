import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { createTestDatabase } from '../support/database.ts'

let temporary: Awaited<ReturnType<typeof createTestDatabase>>
let db: Database
beforeAll(async () => {
  temporary = await createTestDatabase()
  db = openDatabase({ connectionString: temporary.connectionString, size: 1, onIdleError: () => {} })
})
afterAll(async () => {
  await db.close()
  await temporary.drop()
})

const TIMES = [
  '2026-06-25T19:07:33.155Z',
  '2026-06-25T19:07:33.000Z',
  '2026-06-25T19:07:33.100Z',
  '2026-06-25T19:07:33.010Z',
  '2026-06-25T19:07:33.001Z',
  '2024-02-29T23:59:59.999Z',
  '2000-01-01T00:00:00.000Z',
  '1969-12-31T23:59:59.999Z',
  '0101-01-01T00:00:00.000Z',
  '0001-12-31T12:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
]

async function read(zone: string, times: readonly string[]): Promise<unknown[]> {
  return inTransaction(db.pool, async (tx) => {
    await tx.query(`set local timezone = '${zone}'`)
    const { rows } = await tx.query<{ at: unknown }>('select unnest($1::text[])::timestamptz as at', [times])
    return rows.map(({ at }) => at)
  })
}

test.each(['UTC', 'Asia/Kathmandu', 'Europe/London', 'America/St_Johns'])(
  'times are those that were written, in the time zone %s',
  async (zone) => {
    expect(await read(zone, TIMES)).toEqual(TIMES.map((time) => new Date(time)))
  },
)

test('what is less than a millisecond is dropped, as the library does', async () => {
  expect(await read('UTC', ['2026-06-25T19:07:33.155999Z', '2026-06-25T19:07:33.0009Z'])).toEqual([
    new Date('2026-06-25T19:07:33.155Z'),
    new Date('2026-06-25T19:07:33.000Z'),
  ])
})

test('other years, and infinity, are left to the library', async () => {
  const [far, before, never] = await read('UTC', ['12026-06-25T00:00:00Z', '0044-03-15T00:00:00Z BC', 'infinity'])
  expect(far).toEqual(new Date('+012026-06-25T00:00:00Z'))
  expect(before).toEqual(new Date('-000043-03-15T00:00:00Z'))
  expect(never).toBe(Infinity)
})
