// A window is read as whole days and the hours at both ends: whichever it is, it is what happened in it.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { bucketOf } from '../../src/stats/latency.ts'
import { readLatency, readSeries, readTotals } from '../../src/stats/read-stats.ts'
import { recordTally } from '../../src/stats/record-tally.ts'
import { createTally, EVERYTHING } from '../../src/stats/tally.ts'
import { createTestDatabase } from '../support/database.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const BEGIN = Date.UTC(2026, 2, 27) // a month ends, and summer time begins, where there is one
const DAYS = 8

let db: Database
let drop: () => Promise<void>
const happened: { readonly at: number; readonly took: number }[] = []
beforeAll(async () => {
  const database = await createTestDatabase()
  drop = database.drop
  db = openDatabase({ connectionString: database.connectionString, size: 2, onIdleError: () => {} })
  await db.pool.query(`set time zone 'America/New_York'`)
  for (let n = 0; n < 400; n += 1) {
    // Some hours have nothing, some days have little.
    happened.push({ at: BEGIN + Math.floor((n * n * 7_919) % (DAYS * DAY)), took: (n * 37) % 900 })
    const tally = createTally()
    const { at, took } = happened.at(-1)!
    tally.count('directory_a', new Date(at), 'eventsReceived')
    tally.took('directory_a', new Date(at), took)
    await recordTally(db.pool, tally)
  }
})
afterAll(async () => {
  await db.close()
  await drop()
})

const hour = fc.integer({ min: -30, max: DAYS * 24 + 30 })

test('sums, days, hours and percentiles of any window are those of what happened in it', async () => {
  const property = fc.asyncProperty(hour, hour, async (one, other) => {
    fc.pre(one !== other)
    const [since, until] = [Math.min(one, other), Math.max(one, other)].map((at) => new Date(BEGIN + at * HOUR)) as [
      Date,
      Date,
    ]
    const window = { since, until }
    const inside = happened.filter(({ at }) => at >= since.getTime() && at < until.getTime())
    const by = (length: number) =>
      [...Map.groupBy(inside, ({ at }) => Math.floor(at / length) * length)]
        .map(([at, same]) => [at, same.length])
        .toSorted(([a], [b]) => a! - b!)
    const owners = ['directory_a', EVERYTHING]
    const totals = await readTotals(db.pool, owners, window)
    const latency = await readLatency(db.pool, owners, window)
    const [days, hours] = [
      await readSeries(db.pool, owners, window, 'DAY'),
      await readSeries(db.pool, owners, window, 'HOUR'),
    ]
    const buckets = inside.map(({ took }) => bucketOf(took))
    const histogram = Array.from(
      { length: Math.max(-1, ...buckets) + 1 },
      (_, n) => buckets.filter((b) => b === n).length,
    )
    for (const owner of owners) {
      expect(totals.get(owner)?.eventsReceived ?? 0).toBe(inside.length)
      const points = (series: typeof days) =>
        (series.get(owner) ?? []).map(({ at, eventsReceived }) => [at.getTime(), eventsReceived])
      expect(points(days)).toEqual(by(DAY))
      expect(points(hours)).toEqual(by(HOUR))
      const told = latency.get(owner) ?? []
      expect(told.concat(histogram.map(() => 0)).slice(0, histogram.length)).toEqual(histogram)
    }
  })
  await fc.assert(property, {
    numRuns: 60,
    examples: [
      [0, 24],
      [0, 48],
      [-1, 25],
      [5, 6],
      [23, 25],
      [30, 40],
    ],
  })
})
