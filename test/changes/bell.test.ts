import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createBell } from '../../src/changes/bell.ts'
import type { Database } from '../../src/db/database.ts'
import { changeLogs, range, take } from './change-log.ts'

const openChangeLog = changeLogs()
const NEVER = 2 ** 31 - 1

test('a listening connection that is killed is made again, and what came in between is not lost', async () => {
  const log = await openChangeLog({ pollMs: NEVER })
  const items = await log.subscribe(null)
  const first = take(items, 1)
  await log.append(1)
  expect(await first).toEqual([1])

  const killed = await kill(log.db)
  await log.append(5) // nobody hears
  expect(await take(items, 5)).toEqual(range(2, 6))
  expect(await listening(log.db)).not.toEqual(killed)
  await log.append(1) // and the new one hears
  expect(await take(items, 1)).toEqual([7])
  expect(log.errors.length).toBeGreaterThan(0)
})

test('with the listening connection killed again and again while writers write, nothing is lost', async () => {
  const log = await openChangeLog({ pollMs: NEVER })
  const items = await log.subscribe(null)
  const taking = take(items, 500)
  const write = async () => {
    for (let n = 0; n < 100; n++) {
      await log.append(5)
      await sleep(5)
    }
  }
  const writing = write()
  for (let n = 0; n < 4; n++) {
    await listening(log.db)
    await kill(log.db)
  }
  await writing
  expect(await taking).toEqual(range(1, 500))
})

test('a notification that is lost costs the time until the next poll, not a change', async () => {
  const log = await openChangeLog({ pollMs: 200 })
  const items = await log.subscribe(null)
  const first = take(items, 1)
  await log.append(1)
  await first
  await appendWithoutRinging(log.db)
  expect(await take(items, 1)).toEqual([2])
})

test('where nobody can listen at all, the poll alone brings every change', async () => {
  const errors: Error[] = []
  // No server is there, as where only a pooler lets one in.
  const bell = createBell({
    connectionString: 'postgresql://postgres@127.0.0.1:1/none',
    pollMs: 50,
    onError: (error) => void errors.push(error),
  })
  const log = await openChangeLog({ bell })
  const items = await log.subscribe(null)
  const taking = take(items, 3)
  await log.append(1)
  await log.append(2)
  expect(await taking).toEqual([1, 2, 3])
  expect(errors.length).toBeGreaterThan(0)
})

test('a bell that is closed rings no more and leaves no connection', async () => {
  const errors: Error[] = []
  const log = await openChangeLog()
  const { connectionString } = log.db
  const bell = createBell({ connectionString, pollMs: 10, onError: (error) => void errors.push(error) })
  let rings = 0
  bell.listen(() => (rings += 1))
  while (rings < 3) await sleep(5)
  await bell.close()
  const heard = rings
  await log.append(1)
  await sleep(100) // in which it would have rung
  expect(rings).toBe(heard)
  expect(await listening(log.db, 1)).toHaveLength(1) // the log's own
  expect(errors).toEqual([])
})

test('a bell that is closed while it has no connection does not come back', async () => {
  const log = await openChangeLog()
  const bell = createBell({ connectionString: log.db.connectionString, pollMs: NEVER, onError: () => {} })
  onTestFinished(() => bell.close())
  await listening(log.db, 2)
  await kill(log.db)
  await bell.close()
  expect(await listening(log.db, 1)).toHaveLength(1)
  await sleep(300) // in which it would have come
  expect(await listening(log.db, 1)).toHaveLength(1)
})

/** The connections that listen, once there are so many. */
async function listening({ pool }: Database, count = 1): Promise<number[]> {
  for (const deadline = Date.now() + 10_000; ; await sleep(5)) {
    const { rows } = await pool.query<{ pid: number }>(`${LISTENING} and query = 'listen rollcall_changes'`)
    if (rows.length === count) return rows.map(({ pid }) => pid)
    if (Date.now() > deadline) throw new Error(`${rows.length} connections listen`)
  }
}

async function kill({ pool }: Database): Promise<number[]> {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid, pg_terminate_backend(pid, 1000) from (${LISTENING}) x`,
  )
  return rows.map(({ pid }) => pid)
}

const LISTENING = `select pid from pg_stat_activity where datname = current_database() and application_name = 'rollcall bell'`

/** A change whose notification never arrives. */
async function appendWithoutRinging({ pool }: Database): Promise<void> {
  await pool.query(`
    with clock as (update change_clock set position = position + 1 returning position)
    insert into change (position, kind, directory_id, source, occurred_at)
    select position, 'DIRECTORY_ACTIVATED', 'directory_test', 'WEBHOOK', now() from clock`)
}
