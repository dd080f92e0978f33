import { expect, test } from 'vitest'
import { createWatch } from '../../src/changes/watch.ts'
import type { Bell } from '../../src/changes/bell.ts'

const REST_MS = 200

/** A bell that is rung by hand. */
function handBell(): { bell: Pick<Bell, 'listen'>; ring: () => void } {
  const listeners = new Set<() => void>()
  const listen: Bell['listen'] = (listener) => {
    listeners.add(listener)
    return { close: () => void listeners.delete(listener) }
  }
  return { bell: { listen }, ring: () => listeners.forEach((listener) => listener()) }
}

test('however often it rings, what is watched is read with a rest in between, and the last ring is not lost', async () => {
  const { bell, ring } = handBell()
  const readAt: number[] = []
  let value = 0
  const watch = createWatch({
    bell,
    restMs: REST_MS,
    read: (ids) => {
      readAt.push(performance.now())
      return Promise.resolve(new Map(ids.map((id) => [id, value])))
    },
    onError: (error) => {
      throw error
    },
  })
  const told = await new Promise<(number | null)[]>((resolve) => {
    const values: (number | null)[] = []
    watch.follow('one', (seen) => {
      values.push(seen)
      if (values.length === 4) resolve(values)
      // While it rests, whatever happens is told together.
      for (let times = 0; times < 100; times += 1) {
        value += 1
        ring()
      }
    })
  })
  watch.close()
  expect(told).toEqual([0, 100, 200, 300])
  const pauses = readAt.slice(1).map((at, index) => at - readAt[index]!)
  // Node's timers may be a millisecond early.
  for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(REST_MS - 2)
})
