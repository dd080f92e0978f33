import { afterAll, beforeAll, expect, test } from 'vitest'
import { createReceiver, InboxFullError, type ReceiverOptions } from '../../src/inbox/receive.ts'
import { event, user } from '../support/events.ts'
import { openInbox, type Inbox } from './inbox.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
afterAll(() => inbox.close())

type Pool = Parameters<typeof createReceiver>[0]

const at = new Date('2026-07-01T12:00:00.000Z')
const options: ReceiverOptions = { source: 'WEBHOOK', now: () => at, onStored: () => {} }
const hired = (name: string) => event('dsync.user.created', user(name), 1)
const bytes = (told: object) => Buffer.from(JSON.stringify(told))

/** A database that answers when the test lets it, and counts what it was asked. */
function watched(db: Pool) {
  const statements: number[] = []
  let gate: Promise<unknown> = Promise.resolve()
  let open = (): void => {}
  const queryable = {
    async query(statement: { values: unknown[][] }) {
      statements.push(statement.values[1]!.length)
      await gate
      return (db as { query: (text: unknown) => Promise<unknown> }).query(statement)
    },
  } as unknown as Pool
  return {
    queryable,
    statements,
    shut: () => {
      gate = new Promise<void>((resolve) => {
        open = resolve
      })
    },
    open: () => open(),
  }
}

test('200 deliveries at once take few statements, and each gets its own answer', async () => {
  const { queryable, statements } = watched(inbox.db.pool)
  const receiver = createReceiver(queryable, options)
  const events = Array.from({ length: 200 }, (_, index) => hired(`many-${index}`))
  const receipts = await Promise.all(events.map((one) => receiver.receive(bytes(one))))
  expect(receipts).toEqual(events.map(() => 'stored'))
  expect(statements.reduce((sum, rows) => sum + rows, 0)).toBe(200)
  expect(statements.length).toBeLessThanOrEqual(4)
  const ids = events.map(({ id }) => id)
  const stored = await inbox.list(`select count(*) from inbox_event where body::text <> '' and id = any($1)`, ids)
  expect(stored).toEqual([200])
})

test('of the same event twice in one batch, one is stored and the other is a duplicate, as it is later', async () => {
  const { queryable, statements, shut, open } = watched(inbox.db.pool)
  const receiver = createReceiver(queryable, options)
  const [first, second, third] = [hired('one'), hired('two'), hired('twice')]
  shut()
  const begun = receiver.receive(bytes(first))
  await expect.poll(() => statements).toEqual([1]) // it is under way
  const together = [second, third, third].map((one) => receiver.receive(bytes(one)))
  open()
  expect(await begun).toBe('stored')
  expect((await Promise.all(together)).sort()).toEqual(['duplicate', 'stored', 'stored'])
  expect(statements).toEqual([1, 3])
  expect(await receiver.receive(bytes(third))).toBe('duplicate')
})

test('the bytes are kept as they came, and when', async () => {
  const receiver = createReceiver(inbox.db.pool, options)
  const body = Buffer.from(` {"id":"event_kept","event":"x","data":{"name":"\\u0000 ÿ"}}\n`)
  await receiver.receive(body)
  const { rows } = await inbox.db.pool.query('select body, received_at, source from inbox_event where id = $1', [
    'event_kept',
  ])
  expect(rows).toEqual([{ body, received_at: at, source: 'WEBHOOK' }])
})

test('the worker is told of what it has to apply, and of nothing else', async () => {
  let rings = 0
  const receiver = createReceiver(inbox.db.pool, { ...options, onStored: () => void (rings += 1) })
  const one = hired('ringing')
  await receiver.receive(bytes(one))
  expect(rings).toBe(1)
  await receiver.receive(bytes(one)) // a duplicate
  await receiver.receive(Buffer.from('no JSON'))
  await receiver.receive(bytes(event('authentication.oauth_succeeded', { id: 'x' }, 1)))
  expect(rings).toBe(1)
})

test('what the database refuses is not acknowledged, and what comes after it is stored', async () => {
  let broken = true
  const flaky: Pool = {
    connect: () => inbox.db.pool.connect(),
    query: (statement: never) => (broken ? Promise.reject(new Error('away')) : inbox.db.pool.query(statement)),
  }
  const receiver = createReceiver(flaky, options)
  const [lost, kept] = [hired('lost'), hired('kept')]
  await expect(receiver.receive(bytes(lost))).rejects.toThrow('away')
  expect(await inbox.list('select id from inbox_event where id = $1', lost.id)).toEqual([])
  broken = false
  expect(await receiver.receive(bytes(kept))).toBe('stored')
  expect(await receiver.receive(bytes(lost)), 'as WorkOS delivers it again').toBe('stored')
})

test('what the database refuses of one delivery is not refused of those that came with it', async () => {
  const { queryable, statements, shut, open } = watched(inbox.db.pool)
  const receiver = createReceiver(queryable, options)
  await inbox.db.pool.query(
    `alter table inbox_event add constraint "no poison" check (not encode(body, 'escape') like '%poison%')`,
  )
  try {
    shut()
    const begun = receiver.receive(bytes(hired('before')))
    await expect.poll(() => statements).toEqual([1]) // it is under way
    const names = ['p1', 'p2', 'p3', 'poison', 'p5', 'p6', 'p7', 'p8']
    const together = Promise.allSettled(names.map((name) => receiver.receive(bytes(hired(name)))))
    open()
    await begun
    const told = (await together).map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message))
    expect(told.filter((one) => one === 'stored')).toHaveLength(7)
    expect(told[3]).toMatch(/no poison/)
    expect(statements).toEqual([1, 8, 4, 2, 2, 1, 1, 4])
    await expect.poll(() => receiver.waiting()).toBe(0)
  } finally {
    await inbox.db.pool.query('alter table inbox_event drop constraint "no poison"')
  }
})

test('Law 10: no more than so many deliveries wait for the database; those beyond are refused, and later ones taken', async () => {
  const { queryable, statements, shut, open } = watched(inbox.db.pool)
  const receiver = createReceiver(queryable, { ...options, maxWaiting: 10 })
  shut()
  const begun = receiver.receive(bytes(hired('full')))
  await expect.poll(() => statements).toEqual([1]) // it is under way
  const events = Array.from({ length: 10 }, (_, index) => hired(`full-${index}`))
  const taken = events.map((one) => receiver.receive(bytes(one)))
  await expect(receiver.receive(bytes(hired('refused')))).rejects.toThrow(InboxFullError)
  open()
  expect(await Promise.all([begun, ...taken])).toEqual([begun, ...taken].map(() => 'stored'))
  expect(await receiver.receive(bytes(hired('later')))).toBe('stored')
})

test('Law 10: nor do more bytes wait than may: a few large deliveries fill it as many small ones do', async () => {
  const { queryable, statements, shut, open } = watched(inbox.db.pool)
  const receiver = createReceiver(queryable, { ...options, maxWaitingBytes: 3_000_000 })
  shut()
  const padding = 'x'.repeat(1_000_000)
  const heavy = (name: string) => receiver.receive(bytes({ ...hired(`heavy-${name}`), padding }))
  const begun = heavy('first')
  await expect.poll(() => statements).toEqual([1]) // it is under way
  const taken = ['a', 'b', 'c'].map(heavy)
  await expect(receiver.receive(bytes(hired('too-much')))).rejects.toThrow(InboxFullError)
  open()
  expect(await Promise.all([begun, ...taken])).toEqual([begun, ...taken].map(() => 'stored'))
  expect(await receiver.receive(bytes(hired('light')))).toBe('stored')
})

test('Law 10: one statement holds no more than 500 bodies, and not many large ones', async () => {
  const few = watched(inbox.db.pool)
  few.shut()
  const receiver = createReceiver(few.queryable, options)
  const small = Array.from({ length: 1_202 }, (_, index) => receiver.receive(bytes(hired(`small-${index}`))))
  few.open()
  await Promise.all(small)
  expect(few.statements).toEqual([500, 500, 202])

  const large = watched(inbox.db.pool)
  large.shut()
  const another = createReceiver(large.queryable, options)
  const padding = 'x'.repeat(1_000_000)
  const bodies = Array.from({ length: 20 }, (_, index) =>
    another.receive(bytes({ ...hired(`large-${index}`), padding })),
  )
  large.open()
  await Promise.all(bodies)
  for (const rows of large.statements) expect(rows).toBeLessThanOrEqual(9)
})

test('two feeds that bring the same events at once, each in its own order, both get an answer for each', async () => {
  const [webhook, api] = [createReceiver(inbox.db.pool, options), createReceiver(inbox.db.pool, { ...options, source: 'EVENTS_API' })] // oxfmt-ignore
  for (let round = 0; round < 6; round += 1) {
    const events = Array.from({ length: 500 }, (_, index) => bytes(hired(`both-${round}-${index}`)))
    const receipts = await Promise.all([
      ...events.map((one) => webhook.receive(one)),
      ...events.toReversed().map((one) => api.receive(one)),
    ])
    expect(receipts.filter((receipt) => receipt === 'stored')).toHaveLength(500)
  }
})
