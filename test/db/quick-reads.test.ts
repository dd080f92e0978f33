import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { isPassing } from '../../src/db/errors.ts'
import { createTestDatabase } from '../support/database.ts'

let drop: () => Promise<void>
let db: Database
const broken: string[] = []
beforeAll(async () => {
  const created = await createTestDatabase()
  drop = created.drop
  db = openDatabase({
    connectionString: created.connectionString,
    size: 2,
    onIdleError: (error) => void broken.push(error.message),
  })
})
afterAll(async () => {
  await db.close()
  await drop()
})

const number = async (text: string, values: unknown[] = []) =>
  (await db.quick.query<{ n: number }>(text, values)).map(({ n }) => n)

test('what is asked at once is answered each with its own, also more texts than are kept', async () => {
  const asked = Array.from({ length: 500 }, (_, n) => number(`select $1::int + ${n % 250} as n`, [n]))
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 500 }, (_, n) => [n + (n % 250)]))
})

test('what comes after more texts than are kept is planned once too, and connections that were left end', async () => {
  for (let n = 0; n < 900; n += 1) await number(`select $1::int + ${10_000 + n} as n`, [1])
  await Promise.all([1, 2].map((n) => number('select $1::int + 77777 as n', [n])))
  const kept = await number('select count(*) as n from pg_prepared_statements where statement like $1', ['%77777 as n'])
  expect(kept).toEqual([1])
  const open = () =>
    db.pool.query<{ n: number }>(
      `select count(*) as n from pg_stat_activity where application_name = 'rollcall' and datname = current_database()`,
    )
  await expect.poll(async () => (await open()).rows[0]!.n).toBeLessThanOrEqual(4)
})

test('it is planned once, for all values', async () => {
  const [plan] = await db.quick.query<{ 'QUERY PLAN': string }>('explain select from directory where id = $1', ['one'])
  expect(plan!['QUERY PLAN']).toContain('Index')
  const { rows } = await db.pool.query<{ count: number }>(
    `select count(*) from pg_stat_activity where application_name = 'rollcall' and datname = current_database()`,
  )
  expect(rows[0]!.count).toBeLessThanOrEqual(4)
})

test('nothing is compiled for it: before PostgreSQL 18, a way that is off and taken all the same counts as dear enough', async () => {
  expect(await db.quick.query('show jit', [])).toEqual([{ jit: 'off' }])
})

test('one that is wrong takes no other with it', async () => {
  const all = await Promise.allSettled([
    number('select 1 as n'),
    number('select 1 / 0 as n'),
    number('select 2 as n'),
    number('select 3 as n'),
  ])
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
})

test('connections that break are told of, and made anew; what was under way may be asked again', async () => {
  await Promise.all([number('select 1 as n'), number('select 2 as n')])
  const sleeping = db.quick.query('select pg_sleep(60)', []).catch((error: unknown) => error)
  await db.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'rollcall' and datname = current_database() and pid <> pg_backend_pid()`,
  )
  expect(isPassing(await sleeping)).toBe(true)
  await expect.poll(() => number('select 3 as n').catch(() => null)).toEqual([3])
  await expect.poll(() => number('select 4 as n').catch(() => null)).toEqual([4])
  expect(broken.length).toBeGreaterThan(0)
})
