import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { exclusively } from '../../src/db/exclusive.ts'
import { createTestDatabase } from '../support/database.ts'

let temporary: Awaited<ReturnType<typeof createTestDatabase>>
let db: Database
beforeAll(async () => {
  temporary = await createTestDatabase()
  // A connection that PostgreSQL ends reports it there, too.
  db = openDatabase({ connectionString: temporary.connectionString, size: 4, onIdleError: () => {} })
})
afterAll(async () => {
  await db.close()
  await temporary.drop()
})

const timeout = async () => (await db.pool.query<{ all: string }>(`select current_setting('idle_session_timeout') as all`)).rows[0]!.all // oxfmt-ignore

test('one at a time, and then the next', async () => {
  const work = async () => 'done'
  const inside = await exclusively(db.pool, 'one', async () => [
    await exclusively(db.pool, 'one', work),
    await exclusively(db.pool, 'other', work),
  ])
  expect(inside).toEqual([null, 'done'])
  expect(await exclusively(db.pool, 'one', work)).toBe('done')
  expect(await Promise.all([timeout(), timeout(), timeout(), timeout()])).toEqual(['0', '0', '0', '0'])
})

test('a holder that does nothing any more loses the lock and is told so', async () => {
  const frozen = { pingMs: 600_000, silenceMs: 200 }
  const held = Promise.withResolvers<AbortSignal>()
  const ended = exclusively(
    db.pool,
    'frozen',
    (lost) => {
      held.resolve(lost)
      return new Promise<string>((resolve) => lost.addEventListener('abort', () => resolve('lost')))
    },
    frozen,
  )
  await held.promise
  expect(await exclusively(db.pool, 'frozen', async () => 'mine')).toBeNull()
  expect(await ended).toBe('lost')
  // PostgreSQL says that it ends the connection, and releases its locks after that.
  await expect.poll(() => exclusively(db.pool, 'frozen', async () => 'mine')).toBe('mine')
})

test('a holder that works for long keeps the lock', async () => {
  const slow = { pingMs: 50, silenceMs: 400 }
  const seen = await exclusively(
    db.pool,
    'slow',
    async (lost) => {
      await db.pool.query('select pg_sleep(1)')
      return [lost.aborted, await exclusively(db.pool, 'slow', async () => 'mine')]
    },
    slow,
  )
  expect(seen).toEqual([false, null])
})
