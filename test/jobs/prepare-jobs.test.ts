import { readdirSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { addJob } from '../../src/jobs/add-job.ts'
import { NEWEST_MIGRATION, prepareJobs } from '../../src/jobs/prepare-jobs.ts'
import { allStatementsOf } from '../graphql/statements.ts'
import { createTestDatabase } from '../support/database.ts'

async function instances(count: number, template?: string): Promise<Database[]> {
  const { connectionString, drop } = await createTestDatabase(template)
  const all = Array.from({ length: count }, () => openDatabase({ connectionString, size: 2, onIdleError: () => {} }))
  onTestFinished(async () => {
    await Promise.all(all.map((db) => db.close()))
    await drop()
  })
  return all
}

const migrations = async ({ pool }: Database) =>
  (await pool.query<{ id: number }>('select id from graphile_worker.migrations order by id')).rows.map(({ id }) => id)
const job = { task: 'any', payload: {}, key: 'any', maxAttempts: 1 }

test('on an empty database, several instances that begin at once make the schema once, and each can then add jobs', async () => {
  const all = await instances(5, 'template1')
  await Promise.all(
    all.map(async (db) => {
      await prepareJobs(db.pool)
      await addJob(db.pool, job)
    }),
  )
  expect(await migrations(all[0]!)).toEqual(Array.from({ length: NEWEST_MIGRATION }, (_, n) => n + 1))
})

test('the newest migration is that of the graphile-worker that is installed', () => {
  const files = readdirSync(new URL('../../node_modules/graphile-worker/sql/', import.meta.url))
  expect(Math.max(...files.map((file) => Number(/^\d+/.exec(file)?.[0] ?? 0)))).toBe(NEWEST_MIGRATION)
})

test('a schema that a killed process has left half made is completed', async () => {
  const [db] = await instances(1)
  await db!.pool.query('delete from graphile_worker.migrations where id = $1', [NEWEST_MIGRATION])
  await prepareJobs(db!.pool)
  expect(await migrations(db!)).toHaveLength(NEWEST_MIGRATION)
})

test('the usual start asks for no more than whether there is something to do', async () => {
  const [db] = await instances(1)
  await db!.pool.query('select 1') // a new connection is set up first
  const statements = await allStatementsOf(() => prepareJobs(db!.pool))
  expect(statements).toHaveLength(1)
})

test('beside a breaking schema of a newer version nothing is started', async () => {
  const [db] = await instances(1)
  await db!.pool.query('insert into graphile_worker.migrations (id, breaking) values (1000, true)')
  await expect(prepareJobs(db!.pool)).rejects.toThrow('breaking migration 1000')
  process.exitCode = 0 // which graphile-worker sets
})
