// Histories as WorkOS may tell them, through two instances at once: what is counted is what happened.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { history, tell } from '../laws/history.ts'
import { startTwoWriters, usePools } from '../laws/two-writers.ts'
import { expectCounted } from './counted.ts'

const HISTORIES = process.env.LONG_TESTS === undefined ? 25 : 500

const pools = usePools()

test(
  'after any history the sums are what the change log and the inbox hold, for each directory and hour',
  async () => {
    let run = 0
    const property = fc.asyncProperty(history, async (one) => {
      run += 1
      const bodies = tell(one, run).flatMap(({ event, arrivals }) =>
        arrivals.map(({ phase, place }) => ({ order: phase * 100 + place, body: JSON.stringify(event) })),
      )
      bodies.sort((a, b) => a.order - b.order)
      const failures: string[] = []
      const writers = startTwoWriters(pools, one.batchSizes, (error) => failures.push(error))
      try {
        for (let from = 0; from < bodies.length; from += one.chunk)
          await writers.deliver(
            from / one.chunk,
            bodies.slice(from, from + one.chunk).map(({ body }) => body),
          )
        await writers.settled()
        expect(failures).toEqual([])
      } finally {
        await writers.close()
      }
      await expectCounted(pools[0].pool)
    })
    await fc.assert(property, {
      numRuns: HISTORIES,
      interruptAfterTimeLimit: HISTORIES * 3_000,
      markInterruptAsFailure: true,
    })
    const all = await expectCounted(pools[0].pool)
    // Nothing would be proved by histories in which it does not happen.
    const { events_failed: failed, ...rest } = all
    expect(failed).toBe(0) // there is nothing in them that fails: counts.test.ts
    expect(Object.entries(rest).filter(([, sum]) => sum === 0)).toEqual([])
  },
  HISTORIES * 3_000 + 30_000,
)
