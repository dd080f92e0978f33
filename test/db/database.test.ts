import { expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { createTestDatabase } from '../support/database.ts'

test('when it has closed, every connection has ended', async () => {
  const { connectionString, drop } = await createTestDatabase()
  const database = openDatabase({
    connectionString,
    size: 8,
    onIdleError: (error) => expect.unreachable(error.message),
  })
  await Promise.all(Array.from({ length: 8 }, () => database.pool.query('select pg_sleep(0.05)')))
  let ended = 0
  database.pool.on('remove', () => void (ended += 1))
  expect(database.pool.totalCount).toBe(8)
  await database.close()
  expect(ended).toBe(8)
  await drop()
})
