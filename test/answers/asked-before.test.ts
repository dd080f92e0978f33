import { expect, test } from 'vitest'
import { createAskedBefore } from '../../src/answers/asked-before.ts'

test('a question was asked before when it is asked again', () => {
  const askedBefore = createAskedBefore(10)
  expect(['a', 'b', 'a', 'a', 'b', 'c'].map(askedBefore)).toEqual([false, false, true, true, true, false])
})

test('of many, the last are remembered, and what is asked again for longer', () => {
  const askedBefore = createAskedBefore(10)
  const many = Array.from({ length: 100 }, (_, n) => `question ${n}`)
  for (const one of many) {
    askedBefore(one)
    askedBefore('often')
  }
  expect(many.slice(-10).map(askedBefore)).not.toContain(false)
  expect(askedBefore('often')).toBe(true)
  expect(many.slice(0, 50).map(askedBefore)).not.toContain(true)
})
