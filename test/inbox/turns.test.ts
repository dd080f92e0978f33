import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTurns, type Turns } from '../../src/inbox/turns.ts'

let longOnes: number
let turns: Turns
beforeEach(() => {
  vi.useFakeTimers()
  longOnes = 0
  turns = createTurns(() => void (longOnes += 1))
})
afterEach(() => vi.useRealTimers())

test('nobody is told of what a short turn looks for when it is done, whatever directory it is of', () => {
  expect(turns.seeTo(['a'])).toBe(false)
  const turn = turns.begin()
  expect(turns.seeTo(['a']), 'it looks at this moment').toBe(true)
  turn.took(['a'], 2)
  expect([turns.seeTo(['a']), turns.seeTo(['b']), turns.seeTo(undefined)]).toEqual([true, true, true])
  turn.end()
  expect([turns.seeTo(['a']), longOnes]).toEqual([false, 0])
})

test('one that has taken many events sees to their directories, and to no other', () => {
  const [large, other] = [turns.begin(), turns.begin()]
  large.took(['a', 'b'], 500)
  expect([large.isTaken('a'), other.isTaken('a'), other.isTaken('c'), longOnes]).toEqual([true, true, false, 1])
  other.took(['c'], 500)
  expect([turns.seeTo(['a', 'c']), turns.seeTo(['a', 'd']), turns.seeTo(undefined)]).toEqual([true, false, false])
  large.end()
  expect([turns.seeTo(['a']), turns.seeTo(['c']), longOnes]).toEqual([false, true, 2])
})

test('one that goes on with something else sees to nothing', () => {
  const turn = turns.begin()
  turn.took(['a'], 1)
  turn.leave()
  expect([turns.seeTo(['a']), longOnes]).toEqual([false, 1])
  turn.end()
})

test('one that has little to do and takes long is a long one, once', () => {
  const turn = turns.begin()
  turn.took(['a'], 1)
  vi.advanceTimersByTime(1_000)
  expect([turns.seeTo(['a']), turns.seeTo(['b']), longOnes]).toEqual([true, false, 1])
  turn.end()
  turns.begin().end()
  vi.advanceTimersByTime(1_000)
  expect(longOnes, 'a turn that has ended is none').toBe(1)
})
