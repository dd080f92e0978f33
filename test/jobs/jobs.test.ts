import { afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { addJob } from '../../src/jobs/add-job.ts'
import { giveBack } from '../../src/jobs/give-back.ts'
import { releasedOnce } from '../../src/jobs/released-once.ts'
import { startJobs } from '../../src/jobs/start-jobs.ts'
import type { Task } from '../../src/jobs/task.ts'
import { withoutDatabase } from '../http/outage.ts'
import { createTestDatabase, emptyDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

let connectionString: string
let db: Database
beforeAll(async () => {
  const { drop, ...database } = await createTestDatabase()
  connectionString = database.connectionString
  db = openDatabase({ connectionString, size: 4, onIdleError: () => {} })
  return async () => {
    await db.close()
    await drop()
  }
})
beforeEach(() => emptyDatabase(db.pool))

interface Instance {
  readonly lines: string[]
  close(): Promise<void>
}

const running = new Set<Instance>()
afterEach(async () => {
  await Promise.all([...running].map((one) => one.close()))
})

/** An instance that does jobs of the task `note`. */
function start(note: Task, { orphanMs = 50, concurrency = 2 } = {}): Instance {
  const lines: string[] = []
  const closing = new AbortController()
  onTestFinished(() => closing.abort())
  const jobs = startJobs({
    connectionString,
    tasks: { note },
    concurrency,
    delayMs: 0,
    orphanMs,
    closing: closing.signal,
    log: {
      done: (task, id, ms) => lines.push(`${task} ${id} done in ${ms}`),
      failed: (task, id, attempt, error) => lines.push(`${task} ${id} failed at ${attempt}: ${error}`),
      worker: (level, text) => lines.push(`${level} ${text}`),
    },
    onError: (error) => lines.push(String(error)),
  })
  const instance = {
    lines,
    async close() {
      running.delete(instance)
      await jobs.close()
    },
  }
  running.add(instance)
  return instance
}

const add = (key: string, maxAttempts = 5) => addJob(db.pool, { task: 'note', payload: { key }, key, maxAttempts })
const keyOf = (payload: unknown) => (payload as { key: string }).key
const waiting = async () =>
  (
    await db.pool.query<{ key: string; attempts: number; locked_by: string | null; last_error: string | null }>(
      'select key, attempts, locked_by, last_error from graphile_worker.jobs order by id',
    )
  ).rows
const isIdle = async () => (await waiting()).length === 0
/** As if the pause after a failure were over. */
const hurry = () =>
  db.pool.query('select graphile_worker.reschedule_jobs(array[id], run_at := now()) from graphile_worker.jobs')

test('a job is done once its transaction has committed, and not where it is rolled back', async () => {
  const done: string[] = []
  start(async (payload) => void done.push(keyOf(payload)))
  await inTransaction(db.pool, async (tx) => {
    await addJob(tx, { task: 'note', payload: { key: 'undone' }, key: 'undone', maxAttempts: 1 })
    throw new Error('rolled back')
  }).catch(() => {})
  await inTransaction(db.pool, async (tx) => {
    await addJob(tx, { task: 'note', payload: { key: 'kept' }, key: 'kept', maxAttempts: 1 })
    expect(done).toEqual([])
  })
  await until(isIdle)
  expect(done).toEqual(['kept'])
})

test('instances share jobs, and each is done once', async () => {
  const done: string[] = []
  const by = [0, 0]
  const note = (index: number) => async (payload: unknown) => {
    by[index]! += 1
    done.push(keyOf(payload))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const keys = Array.from({ length: 60 }, (_, n) => `job ${n}`)
  for (const key of keys) await add(key)
  start(note(0))
  start(note(1))
  await until(isIdle)
  expect(done.sort()).toEqual(keys.sort())
  expect(Math.min(...by)).toBeGreaterThan(0)
})

test('what fails is tried again, and told in a line; after the last attempt it is left alone', async () => {
  const wereLast: boolean[] = []
  const { lines } = start(async (_payload, { isLast }) => {
    wereLast.push(isLast)
    throw new Error('not now')
  })
  await add('hopeless', 2)
  await until(async () => (await waiting())[0]!.last_error !== null)
  await hurry()
  await until(async () => wereLast.length === 2 && (await waiting())[0]!.locked_by === null)
  await hurry()
  await add('witness', 1)
  await until(async () => wereLast.length === 3)
  expect(wereLast).toEqual([false, true, true])
  const told = lines.filter((line) => line.includes('not now'))
  expect(told).toEqual(
    [1, 2, 1].map((number) => expect.stringMatching(`^note \\d+ failed at ${number}: not now$`) as string),
  )
})

test('a shutdown finishes the job that is under way, and takes no other', async () => {
  const begun = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  const done: string[] = []
  const task: Task = async (payload) => {
    begun.resolve()
    await finish.promise
    done.push(keyOf(payload))
  }
  // Two might be asking for the next one at that moment.
  const one = start(task, { concurrency: 1 })
  await add('under way')
  await begun.promise
  const closed = one.close()
  await add('later')
  finish.resolve()
  await closed
  expect(done).toEqual(['under way'])
  expect(await waiting()).toMatchObject([{ key: 'later', attempts: 0, locked_by: null }])
})

test('the jobs of a killed process are given back, also those that it was at for the last time', async () => {
  await add('orphan', 3)
  await add('last attempt', 3)
  await db.pool.query(
    `update graphile_worker._private_jobs set locked_by = 'pool-of-the-dead', locked_at = now(),
            attempts = case key when 'orphan' then 1 else 3 end`,
  )
  const done: string[] = []
  start(async (payload) => void done.push(keyOf(payload)))
  await until(isIdle)
  expect(done.sort()).toEqual(['last attempt', 'orphan'])
})

test('the jobs of a process that lives are left to it, however long it takes', async () => {
  const begun = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  let times = 0
  start(async () => {
    times += 1
    begun.resolve()
    await finish.promise
  })
  await add('long')
  await begun.promise
  await db.pool.query(`update graphile_worker._private_jobs set locked_at = now() - interval '1 hour'`)
  expect(await giveBack(db.pool, ['note'])).toBe(0)
  finish.resolve()
  await until(isIdle)
  expect(times).toBe(1)
})

test('after the database was away, jobs are done again, and the process has borne it', async () => {
  const done: string[] = []
  const { lines } = start(async (payload) => void done.push(keyOf(payload)))
  await add('before')
  await until(isIdle)
  await withoutDatabase({ connectionString }, async () => {
    await until(async () => lines.some((line) => /not currently accepting|terminat/.test(line)))
  })
  await db.pool.query('select 1').catch(() => {}) // its broken connections are gone with this
  await add('after')
  await until(isIdle, 30_000)
  expect(done).toEqual(['before', 'after'])
})

test('a client that graphile-worker gives back twice is given back once, and one that it awaits as ever', async () => {
  const pool = releasedOnce(db.pool)
  const before = db.pool.totalCount
  const given = Promise.withResolvers<void>()
  pool.connect((error, client, release) => {
    if (error !== undefined || client === undefined) return given.reject(error)
    release()
    release(new Error('once more'))
    given.resolve()
  })
  await given.promise
  expect(db.pool.totalCount).toBeLessThanOrEqual(Math.max(before, 1))
  expect(db.pool.idleCount).toBe(db.pool.totalCount)
  const client = await pool.connect()
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  client.release()
  expect(pool.listeners('error')).toEqual(db.pool.listeners('error'))
})
