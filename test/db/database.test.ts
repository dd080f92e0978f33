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

test.for([
  ['off', 'on'],
  ['remote_write', 'remote_write'],
])('a commit survives a crash even if the default of the database is %s', async ([level, expected]) => {
  const { connectionString, drop } = await createTestDatabase()
  const onIdleError = (error: Error) => expect.unreachable(error.message)
  const open = () => openDatabase({ connectionString, size: 1, onIdleError })
  const before = open()
  await before.pool.query(
    `do $$ begin execute format('alter database %I set synchronous_commit = ${level}', current_database()); end $$`,
  )
  await before.close()
  const after = open()
  expect((await after.pool.query('show synchronous_commit')).rows).toEqual([{ synchronous_commit: expected }])
  await after.close()
  await drop()
})
