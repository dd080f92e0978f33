import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startWorker } from '../../src/inbox/worker.ts'
import { event, user } from '../support/events.ts'
import { openInbox, type Inbox } from './inbox.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
beforeEach(() => inbox.empty())
afterAll(() => inbox.close())

const hired = (name: string) => event('dsync.user.created', user(name), 1)
const pending = () => inbox.list(`select id from inbox_event where status = 'PENDING'`)

test('what lay in the inbox before the worker started is applied without anybody ringing', async () => {
  await inbox.receive(hired('ada'), hired('bob'))
  const worker = startWorker({ ...inbox.context(), pollMs: 60_000 })
  await expect.poll(pending, { timeout: 20_000 }).toEqual([])
  await worker.close()
})

test('a ring wakes it at once, and a ring that comes while it looks is not lost', async () => {
  const worker = startWorker({ ...inbox.context(), pollMs: 60_000, concurrency: 1 })
  try {
    for (let round = 0; round < 30; round += 1) {
      await inbox.receive(hired(`round-${round}`))
      worker.nudge()
      await expect.poll(pending, { interval: 2, timeout: 20_000 }).toEqual([])
    }
  } finally {
    await worker.close()
  }
})

test('a lost ring costs one period', async () => {
  const worker = startWorker({ ...inbox.context(), pollMs: 20 })
  await inbox.receive(hired('ada'))
  await expect.poll(pending, { timeout: 20_000 }).toEqual([])
  await worker.close()
})

test('closing waits for the transaction that is under way, and begins no other', async () => {
  await inbox.receive(...Array.from({ length: 40 }, (_, index) => hired(`u${index}`)))
  const closed: Promise<void>[] = []
  const worker = startWorker({
    ...inbox.context(),
    batchSize: 10,
    concurrency: 1,
    log: {
      applied: (batch) => {
        inbox.batches.push(batch)
        closed.push(worker.close())
      },
      failed: () => {},
    },
  })
  await expect.poll(() => closed.length, { timeout: 20_000 }).toBe(1)
  await closed[0]
  expect(inbox.batches).toHaveLength(1)
  expect(await pending()).toHaveLength(30)
})

test('a worker whose database is away goes on when it is back, and shows its beat meanwhile', async () => {
  let away = true
  const pool = new Proxy(inbox.db.pool, {
    get: (target, name) =>
      name === 'connect' && away
        ? () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
        : (Reflect.get(target, name, target) as unknown),
  })
  await inbox.receive(hired('ada'))
  const worker = startWorker({ ...inbox.context(), db: { ...inbox.db, pool }, pollMs: 5, concurrency: 1 })
  try {
    const started = worker.lastBeat()
    await expect.poll(() => inbox.failures.length, { timeout: 20_000 }).toBeGreaterThan(2)
    expect(worker.lastBeat().getTime()).toBeGreaterThan(started.getTime())
    expect(inbox.failures[0]).toEqual({ eventId: null, error: 'connect ECONNREFUSED (ECONNREFUSED)' })
    away = false
    await expect.poll(pending, { timeout: 20_000 }).toEqual([])
  } finally {
    await worker.close()
  }
})

test('a transaction that has to wait holds up nobody else, though it is a small one', async () => {
  const [ada, bob] = [user('ada'), user('bob', { directory_id: 'directory_other' })]
  await inbox.receive(event('dsync.user.created', ada, 1))
  await inbox.applyAll()
  const blocker = await inbox.db.pool.connect()
  const worker = startWorker({ ...inbox.context(), pollMs: 60_000 })
  try {
    await blocker.query('begin')
    await blocker.query('select from directory_user where id = $1 for update', [ada.id])
    await inbox.receive(event('dsync.user.updated', { ...ada, job_title: 'Countess' }, 2))
    worker.nudge([ada.directory_id])
    const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    await expect.poll(() => inbox.list(waiting), { interval: 2, timeout: 20_000 }).toHaveLength(1)
    await inbox.receive(event('dsync.user.created', bob, 3))
    worker.nudge([bob.directory_id])
    await expect.poll(async () => (await pending()).length, { timeout: 20_000 }).toBe(1)
    await blocker.query('commit')
    await expect.poll(pending, { timeout: 20_000 }).toEqual([])
  } finally {
    await blocker.query('rollback')
    blocker.release()
    await worker.close()
  }
})

test('what comes while a loop fails is not left lying, though nobody else was woken for it', async () => {
  let [begun, done] = [0, 0]
  const pool = new Proxy(inbox.db.pool, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (name !== 'connect') return value
      return async () => {
        begun += 1
        if (begun === 3) {
          worker.nudge()
          throw new Error('struck')
        }
        const client = await target.connect()
        const release = client.release.bind(client)
        client.release = (broken) => {
          done += 1
          release(broken)
        }
        return client
      }
    },
  })
  const worker = startWorker({ ...inbox.context(), db: { ...inbox.db, pool }, pollMs: 60_000, concurrency: 2 })
  try {
    await expect.poll(() => done, { timeout: 20_000 }).toBe(2)
    await inbox.receive(hired('ada')) // both have found nothing, and sleep
    worker.nudge()
    await expect.poll(pending, { timeout: 20_000 }).toEqual([])
    expect(inbox.failures).toEqual([{ eventId: null, error: 'struck' }])
  } finally {
    await worker.close()
  }
})
