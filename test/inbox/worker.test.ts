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
      name === 'query' && away
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
