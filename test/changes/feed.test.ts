import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Bell } from '../../src/changes/bell.ts'
import type { FeedItem } from '../../src/changes/feed-reader.ts'
import type { Queryable } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { until } from '../support/until.ts'
import { changeLogs, range, restore, take, type ChangeLog } from './change-log.ts'

const openChangeLog = changeLogs()

describe('a subscriber', () => {
  test('sees what commits after its subscription, also before it first asks', async () => {
    const log = await openChangeLog()
    await log.append(3)
    const items = await log.subscribe(null)
    await log.append(2)
    expect(await take(items, 2)).toEqual([4, 5])
    await log.append(1)
    expect(await take(items, 1)).toEqual([6])
  })

  test('is woken by a commit while it waits', async () => {
    const log = await openChangeLog({ pollMs: 1_000_000 })
    const items = await log.subscribe(null)
    const waiting = take(items, 1)
    await soon(() => log.open().followers === 1)
    await log.append(1)
    expect(await waiting).toEqual([1])
  })

  test('gets what is after its cursor, however far that is back, and then what comes', async () => {
    const log = await openChangeLog({ size: 50 })
    await log.append(1_000)
    const items = await log.subscribe(7)
    expect(await take(items, 993)).toEqual(range(8, 1_000))
    await log.append(300)
    expect(await take(items, 300)).toEqual(range(1_001, 1_300))
  })

  test('gets a large commit whole, from memory as from the table', async () => {
    const log = await openChangeLog({ size: 1_500 })
    const items = await log.subscribe(null)
    const taking = take(items, 3_000)
    await soon(() => log.open().followers === 1)
    await log.append(1_200) // all in memory
    await log.append(1_800) // and more than that
    expect(await taking).toEqual(range(1, 3_000))
  })

  test('that leaves while it waits is let go at once, and leaves nothing behind', async () => {
    const log = await openChangeLog({ pollMs: 1_000_000 })
    const items = await log.subscribe(null)
    const waiting = items.next()
    await soon(() => log.open().followers === 1)
    const from = performance.now()
    await items.return!()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(performance.now() - from).toBeLessThan(500)
    expect(log.open()).toEqual({ followers: 0, leases: 0 })
  })

  test('that leaves with a page half read leaves nothing behind', async () => {
    const log = await openChangeLog()
    await log.append(500)
    const items = await log.subscribe(0)
    expect(await take(items, 3)).toEqual([1, 2, 3])
    await items.return!()
    expect(log.open()).toEqual({ followers: 0, leases: 0 })
  })

  test('that leaves before it asks for anything leaves nothing behind', async () => {
    const log = await openChangeLog()
    const items = await log.subscribe(null)
    await items.return!()
    expect(log.open()).toEqual({ followers: 0, leases: 0 })
  })

  test('that leaves while the log is first read leaves nothing behind', async () => {
    const gate = createGate()
    const log = await openChangeLog({ readThrough: gate.hold })
    const items = await log.subscribe(null)
    gate.shut()
    const waiting = items.next()
    await soon(() => gate.waiting() === 1)
    const leaving = items.return!()
    gate.open()
    await leaving
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(log.open()).toEqual({ followers: 0, leases: 0 })
  })

  test('whose credential ends is told so while it waits', async () => {
    const ended = new AbortController()
    const log = await openChangeLog({ signal: ended.signal })
    const items = await log.subscribe(null)
    const waiting = items.next()
    await soon(() => log.open().followers === 1)
    ended.abort(new Error('The credential has ended'))
    await expect(waiting).rejects.toThrow('The credential has ended')
    expect(log.open()).toEqual({ followers: 0, leases: 0 })
  })

  test('of a server that shuts down is let go without an error', async () => {
    const closing = new AbortController()
    const log = await openChangeLog({ signal: closing.signal })
    const items = await log.subscribe(null)
    const waiting = items.next()
    await soon(() => log.open().followers === 1)
    closing.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(log.open()).toEqual({ followers: 0, leases: 0 })
  })

  test('that comes when the one before it has left sees what happened in between only if it asks for it', async () => {
    const log = await openChangeLog()
    const first = await log.subscribe(null)
    await log.append(1)
    expect(await take(first, 1)).toEqual([1])
    await first.return!()
    await log.append(2)
    const [anew, resumed] = [await log.subscribe(null), await log.subscribe(1)]
    await log.append(1)
    expect(await take(anew, 1)).toEqual([4])
    expect(await take(resumed, 3)).toEqual([2, 3, 4])
  })
})

describe('at the seam of history and present', () => {
  test('there is no gap and no duplicate, while writers write', async () => {
    const log = await openChangeLog({ size: 100 }) // small, so that many read the table again and again
    const last = 2_000
    const writer = async () => {
      while ((await log.append(1 + Math.floor(Math.random() * 12))) < last) await sleep(0)
    }
    const writers = Promise.all(Array.from({ length: 4 }, writer))
    const reader = async (): Promise<void> => {
      await sleep(Math.random() * 800)
      const { rows } = await log.db.pool.query<{ position: number }>('select position from change_clock')
      const after = Math.floor(Math.random() * rows[0]!.position)
      const items = await log.subscribe(after)
      expect(await take(items, last - after)).toEqual(range(after + 1, last))
      await items.return!()
    }
    await Promise.all([writers, ...Array.from({ length: 25 }, reader)])
    expect(log.open()).toEqual({ followers: 0, leases: 0 })
    expect(log.errors).toEqual([])
  })

  test('who has read further than the tail is neither sent back nor told of a gap', async () => {
    const gate = createGate()
    const log = await openChangeLog({ readThrough: gate.hold })
    await log.append(300)
    const items = await log.subscribe(0)
    expect(await take(items, 1)).toEqual([1]) // of the first page; the rest is still to be read

    gate.shut()
    await log.append(3)
    await soon(() => gate.waiting() === 1) // the tail has read 303, and is yet to hear of it
    await log.append(5)
    expect(await take(items, 307)).toEqual(range(2, 308)) // read from the table, as it is now
    const next = take(items, 1)
    gate.open()
    await log.append(1)
    expect(await next).toEqual([309])
  })
})

test('what commits while the log is being read is read too, without another ring', async () => {
  const gate = createGate()
  const rings = new Set<() => void>()
  const bell: Bell = {
    listen: (ring) => {
      rings.add(ring)
      return { close: () => void rings.delete(ring) }
    },
    close: async () => {},
  }
  const log = await openChangeLog({ bell, readThrough: gate.hold })
  const items = await log.subscribe(null)
  const taking = take(items, 2)
  await soon(() => log.open().followers === 1)
  gate.shut()
  await log.append(1)
  for (const ring of rings) ring()
  await soon(() => gate.waiting() === 1) // it has read the first, and is yet to hear of it
  await log.append(1)
  for (const ring of rings) ring()
  gate.open()
  expect(await taking).toEqual([1, 2])
})

describe('a gap is declared', () => {
  test('where the history after a cursor was purged, with where to go on', async () => {
    const log = await openChangeLog()
    await log.append(20)
    await purge(log, 10)
    const items = await log.subscribe(5)
    const gap = (await items.next()).value as Discontinuity
    expect(gap).toMatchObject({ discontinuity: true, reason: 'PURGED', position: 20 })
    await log.append(2)
    expect(await take(items, 2)).toEqual([21, 22])
    expect(await take(await log.subscribe(gap.position), 2)).toEqual([21, 22])
  })

  test('not for a cursor whose history is all there', async () => {
    const log = await openChangeLog()
    await log.append(20)
    await purge(log, 10)
    expect(await take(await log.subscribe(10), 10)).toEqual(range(11, 20))
  })

  test('where the purge overtakes a reader, also where nothing of the rest is for it', async () => {
    const log = await openChangeLog({ size: 10 })
    await log.append(300)
    await log.append(300, { directoryUserId: 'directory_user_other' })
    const items = await log.subscribe(0, { directoryUserId: 'directory_user_test' })
    expect(await take(items, 200)).toEqual(range(1, 200))
    await purge(log, 400)
    expect(await take(items, 1)).toEqual(['PURGED'])
    await log.append(1)
    expect(await take(items, 1)).toEqual([601])
  })

  test('for a cursor that is ahead of the log, as after a restore', async () => {
    const log = await openChangeLog()
    await log.append(5)
    const items = await log.subscribe(1_000_000)
    expect((await items.next()).value).toMatchObject({ reason: 'AHEAD', position: 5 })
    await log.append(1)
    expect(await take(items, 1)).toEqual([6])
  })

  test.each([
    [10, 'whose new changes have passed the old ones'],
    [2, 'whose new changes are fewer'],
  ])('for who follows a log that was restored, %s of %s', async (count) => {
    const log = await openChangeLog({ pollMs: 50 })
    const items = await log.subscribe(null)
    const first = take(items, 12)
    await soon(() => log.open().followers === 1)
    await log.append(12)
    expect(await first).toEqual(range(1, 12))
    await restore(log, 6)
    const next = items.next()
    const newest = await log.append(count)
    const { value } = await next
    // The ring of the append, or the poll that comes before it.
    expect(value).toMatchObject({ reason: 'AHEAD' })
    const from = (value as FeedItem).position
    expect([6, newest]).toContain(from)
    await log.append(1)
    expect(await take(items, newest + 1 - from)).toEqual(range(from + 1, newest + 1))
  })

  test('for who was up to date and falls too far behind, and then it goes on', async () => {
    const log = await openChangeLog({ maxLag: 50, size: 1_000 })
    const items = await log.subscribe(null)
    const first = take(items, 1)
    await soon(() => log.open().followers === 1)
    await log.append(1)
    expect(await first).toEqual([1])
    const other = await log.subscribe(null)
    const others = take(other, 1)
    await log.append(51)
    await others // the tail has read them
    expect(await take(items, 1)).toEqual(['TOO_SLOW'])
    await log.append(1)
    expect(await take(items, 1)).toEqual([53])
  })

  test('not for who waits while the log grows by what it does not want', async () => {
    const log = await openChangeLog({ maxLag: 50, size: 100 })
    const items = await log.subscribe(null, { directoryUserId: 'directory_user_rare' })
    const rare = take(items, 1)
    const others = await log.subscribe(null, { directoryUserId: 'directory_user_test' })
    for (let n = 0; n < 5; n += 1) {
      const read = take(others, 40)
      await log.append(40)
      await read
    }
    await log.append(1, { directoryUserId: 'directory_user_rare' })
    expect(await rare).toEqual([201])
  })

  test('not for who reads history, however much there is', async () => {
    const log = await openChangeLog({ maxLag: 50, size: 1_000 })
    await log.append(2_000)
    expect(await take(await log.subscribe(0), 2_000)).toEqual(range(1, 2_000))
  })
})

type Discontinuity = Extract<FeedItem, { discontinuity: true }>

/** What retention does: the oldest go, and the clock says so. */
async function purge({ db }: ChangeLog, through: number): Promise<void> {
  await inTransaction(db.pool, async (tx) => {
    await tx.query('update change_clock set purged_through = $1', [through])
    await tx.query('delete from change where position <= $1', [through])
  })
}

const soon = (holds: () => boolean) => until(holds, 10_000)

/** Holds back the answers of a database: they are of the moment when they were asked for. */
function createGate() {
  let held: (() => void)[] | null = null
  const hold = (pool: Queryable): Queryable => {
    const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>
    const late = async (...args: unknown[]) => {
      const answer = await query(...args)
      if (held !== null) await new Promise<void>((resolve) => void held!.push(resolve))
      return answer
    }
    return { query: late as Queryable['query'] }
  }
  return {
    hold,
    shut: () => void (held ??= []),
    open: () => {
      for (const release of held ?? []) release()
      held = null
    },
    waiting: () => held?.length ?? 0,
  }
}
