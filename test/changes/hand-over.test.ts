// What this process has appended is told to its subscribers without being read back: it has to be just what would have
// been read.
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { appendChanges, type Appended, type ChangeDraft } from '../../src/changes/append.ts'
import { createBell, type Bell } from '../../src/changes/bell.ts'
import { readChanges } from '../../src/changes/read.ts'
import { storedChanges } from '../../src/changes/stored-changes.ts'
import { createTail } from '../../src/changes/tail.ts'
import type { Queryable } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { JsonObject } from '../../src/directory/objects.ts'
import { changeLogs, draft, range, type ChangeLog } from './change-log.ts'

const openChangeLog = changeLogs()
const append = ({ db }: ChangeLog, drafts: readonly ChangeDraft[]) =>
  inTransaction(db.pool, (tx) => appendChanges(tx, drafts)) as Promise<Appended>

// No backslashes: V8 13.6 may take the key a" for a\\ where it has parsed one of those before.
const text = fc.string({ unit: fc.constantFrom('a', 'B', '0', ' ', '"', 'é', '\u{1f600}', '\n') })
const json = fc.dictionary(text, fc.jsonValue({ stringUnit: fc.constantFrom('a', 'é', '"'), maxDepth: 3 }))
const id = fc.option(fc.constantFrom('x_1', 'x_2'))
const drafts = fc.array(
  fc.record({
    kind: fc.constantFrom('DIRECTORY_USER_UPDATED', 'MEMBERSHIP_ADDED', 'CHANGES_HELD'),
    directoryId: fc.constantFrom('', 'directory_1'),
    organizationId: id,
    directoryUserId: id,
    directoryGroupId: id,
    accountId: fc.option(fc.constant('account_1'), { nil: undefined }),
    changedFields: fc.array(text, { maxLength: 3 }),
    previous: fc.option(json),
    source: fc.constantFrom('WEBHOOK', 'SYNC_RUN'),
    eventId: id,
    detail: fc.option(json, { nil: undefined }),
    occurredAt: fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
  }),
  { minLength: 1, maxLength: 4 },
)

test('what is handed over is what is read, to the order of the keys', async () => {
  const log = await openChangeLog()
  await fc.assert(
    fc.asyncProperty(drafts, async (given) => {
      const appended = await append(log, given as unknown as ChangeDraft[])
      const after = appended.position - given.length
      const { changes } = await readChanges(log.db.pool, { filter: {}, after, limit: 10 })
      const own = (change: object) =>
        Object.keys(change).filter((key) => !['head', 'purgedThrough', 'walked'].includes(key))
      const read = changes.map((change) => Object.fromEntries(own(change).map((key) => [key, change[key as 'kind']])))
      const handed = storedChanges(appended)
      expect(handed).toEqual(read)
      expect(JSON.stringify(handed.map(({ previous, detail }) => [previous, detail]))).toBe(
        JSON.stringify(read.map(({ previous, detail }) => [previous, detail])),
      )
    }),
    { numRuns: 200 },
  )
})

test('dates that a change names are handed over as it is read: as texts', async () => {
  const log = await openChangeLog()
  const previous = { updatedAt: new Date(0), gone: undefined } as unknown as JsonObject
  const appended = await append(log, [draft({ previous })])
  expect(storedChanges(appended)[0]!.previous).toEqual({ updatedAt: '1970-01-01T00:00:00.000Z' })
})

/** A tail that somebody follows who wants everything, and a bell that rings when it is told to. */
async function followed(log: ChangeLog) {
  const rings = new Set<(position?: number) => void>()
  let reads = 0
  let gate: Promise<void> | null = null
  const query = log.db.pool.query.bind(log.db.pool) as (...args: unknown[]) => Promise<unknown>
  const db = {
    query: async (...args: unknown[]) => {
      reads += 1
      const answer = await query(...args)
      await gate
      return answer
    },
  } as unknown as Queryable
  const bell: Bell = {
    listen(ring) {
      rings.add(ring)
      return { close: () => void rings.delete(ring) }
    },
    close: async () => {},
  }
  const told: number[] = []
  const tail = createTail({ db, bell, onError: (error) => expect.unreachable(error.message) })
  await tail.follow({}, (before) => told.push(...tail.since(before)!.map(({ position }) => position)))
  return {
    tail,
    told,
    reads: () => reads,
    ring: (position?: number) => rings.forEach((ring) => ring(position)),
    holdBack: (until: Promise<void>) => void (gate = until),
  }
}

test('what comes right behind what is known is told at once and not read, whoever rings for it', async () => {
  const log = await openChangeLog()
  const { tail, told, reads, ring } = await followed(log)
  const before = reads()
  const appended = await append(log, [draft(), draft()])
  tail.take(appended)
  expect([told, tail.head()]).toEqual([range(1, 2), 2])
  ring(appended.position)
  expect(reads()).toBe(before)
  ring()
  await expect.poll(reads).toBe(before + 1)
  expect(told).toEqual(range(1, 2))
})

test('Law 5: what comes behind something that is not known, as of another instance, is read with it and in order', async () => {
  const log = await openChangeLog()
  const { tail, told, ring } = await followed(log)
  await log.append(2)
  const own = await append(log, [draft()])
  tail.take(own)
  expect(told, 'there is something before it').toEqual([])
  ring(own.position)
  await expect.poll(() => told).toEqual(range(1, 3))
  tail.take(own)
  expect(told, 'it has come already').toEqual(range(1, 3))
})

test('Law 5: what is handed over while it is being read comes once', async () => {
  const log = await openChangeLog()
  const { tail, told, ring, reads, holdBack } = await followed(log)
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = await append(log, [draft()])
  holdBack(promise)
  const asked = reads()
  ring(first.position)
  await expect.poll(reads).toBe(asked + 1)
  const second = await append(log, [draft()])
  tail.take(first)
  tail.take(second)
  expect(told).toEqual(range(1, 2))
  resolve()
  await log.append(1)
  ring(3)
  await expect.poll(() => told).toEqual(range(1, 3))
})

test('a ring that comes before the answer to the commit is not read for', async () => {
  const log = await openChangeLog()
  const { tail, told, reads, ring } = await followed(log)
  const before = reads()
  const appended = await append(log, [draft(), draft()])
  const ended = tail.expect(appended)
  ring(appended.position)
  expect([told, reads()]).toEqual([[], before])
  ended(true)
  expect([told, reads()]).toEqual([range(1, 2), before])
})

test('Law 5: what others have appended before it is read with it, though its own ring was not followed', async () => {
  const log = await openChangeLog()
  const { tail, told, ring } = await followed(log)
  await log.append(2)
  const own = await append(log, [draft()])
  const ended = tail.expect(own)
  ring(own.position)
  ended(true)
  await expect.poll(() => told).toEqual(range(1, 3))
})

test('Law 5: a commit of which nobody knows whether it was one is read for, and so is its place if others have it', async () => {
  const log = await openChangeLog()
  const { tail, told, ring } = await followed(log)
  const lost = await append(log, [draft()])
  const ended = tail.expect(lost)
  ring(lost.position)
  ended(false)
  await expect.poll(() => told).toEqual([1])
  ring((await append(log, [draft()])).position)
  await expect.poll(() => told).toEqual([1, 2])
})

test('a ring says how far the log has come, but not where endpoints for webhooks are others now', async () => {
  const { db } = await openChangeLog()
  const heard: (number | undefined)[] = []
  const bell = createBell({
    connectionString: db.connectionString,
    onError: (error) => expect.unreachable(error.message),
  })
  onTestFinished(() => bell.close())
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  bell.listen((position) => {
    heard.push(position)
    resolve()
  })
  await listening
  heard.length = 0
  await inTransaction(db.pool, (tx) => appendChanges(tx, [draft()]))
  await inTransaction(db.pool, (tx) => appendChanges(tx, [draft({ kind: 'WEBHOOK_ENDPOINT_CREATED' }), draft()]))
  await inTransaction(db.pool, (tx) => appendChanges(tx, [draft()]))
  await expect.poll(() => heard.filter((position) => position !== undefined)).toEqual([1, 4])
  expect(heard.slice(heard.indexOf(1), heard.indexOf(4) + 1)).toContain(undefined)
})
