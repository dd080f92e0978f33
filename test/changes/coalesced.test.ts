import { expect, test } from 'vitest'
import { coalesced } from '../../src/changes/coalesced.ts'

/** Work whose runs end when the test says so. */
function open() {
  const runs: PromiseWithResolvers<void>[] = []
  const errors: unknown[] = []
  const work = coalesced(
    () => {
      const run = Promise.withResolvers<void>()
      runs.push(run)
      return run.promise
    },
    (error) => errors.push(error),
  )
  return { work, runs, errors }
}

test('calls during a run are answered by one more, and resolve with it', async () => {
  const { work, runs } = open()
  const first = work()
  const others = Promise.all([work(), work()])
  runs[0]!.resolve()
  await new Promise(setImmediate)
  expect(runs).toHaveLength(2)
  runs[1]!.resolve()
  await Promise.all([first, others])
  expect(runs).toHaveLength(2)
})

test('a call at whatever moment after the last run begins another', async () => {
  // In each of the turns in which promises that depend on the end of the run are settled.
  for (let turns = 0; turns < 20; turns += 1) {
    const { work, runs } = open()
    void work()
    runs[0]!.resolve()
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
    void work()
    await new Promise(setImmediate)
    expect([turns, runs.length]).toEqual([turns, 2])
  }
})

test('an error ends its run alone', async () => {
  const { work, runs, errors } = open()
  const all = Promise.all([work(), work()])
  runs[0]!.reject(new Error('away'))
  await new Promise(setImmediate)
  runs[1]!.resolve()
  await all
  expect(errors).toEqual([new Error('away')])
})
