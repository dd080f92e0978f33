import { expect, test } from 'vitest'
import { createRounds } from '../src/rounds.ts'

const never = 3_600_000

/** Rounds of which the first is put off, and what they have done. */
function putOff(delayMs: number) {
  const first = Promise.withResolvers<void>()
  let count = 0
  const rounds = createRounds({
    intervalMs: never,
    delayMs,
    closing: new AbortController().signal,
    round: () => {
      count += 1
      first.resolve()
      return Promise.resolve()
    },
    onError: (error) => first.reject(error),
  })
  return { rounds, first: first.promise, count: () => count }
}

test('a first round that is put off comes by itself when its time has come', async () => {
  const began = performance.now()
  const { rounds, first, count } = putOff(50)
  expect(count()).toBe(0)
  await first
  expect(performance.now() - began).toBeGreaterThan(45)
  await rounds.close()
  expect(count()).toBe(1)
})

test('a first round that is put off comes at once where there is something to do', async () => {
  const { rounds, first, count } = putOff(never)
  rounds.nudge()
  await first
  await rounds.close()
  expect(count()).toBe(1)
})

test('whoever closes before the first round does not wait for it, and it does not come', async () => {
  const { rounds, count } = putOff(never)
  await rounds.close()
  expect(count()).toBe(0)
})
