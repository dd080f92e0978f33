import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { onlyRow } from '../../src/db/only-row.ts'
import { createTestDatabase } from '../support/database.ts'

let db: Database
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await createTestDatabase()
  drop = database.drop
  db = openDatabase({ connectionString: database.connectionString, size: 1, onIdleError: () => {} })
})
afterAll(async () => {
  await db.close()
  await drop()
})

test('the only row of a statement is returned, and another number of rows names the statement', async () => {
  const numbers = (count: number) => db.pool.query(`select n, n * n as square from generate_series(1, ${count}) n`)
  expect(onlyRow(await numbers(1))).toEqual({ n: 1, square: 1 })
  const none = await numbers(0)
  expect(() => onlyRow(none)).toThrow('SELECT of n, square returned 0 rows instead of one')
  const two = await numbers(2)
  expect(() => onlyRow(two)).toThrow('SELECT of n, square returned 2 rows instead of one')
})
