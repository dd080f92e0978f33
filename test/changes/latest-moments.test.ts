import { expect, test } from 'vitest'
import { createLatestMoments } from '../../src/changes/latest-moments.ts'

test('each has the last moment that was noted of it, or of all', () => {
  const moments = createLatestMoments(10)
  moments.note('a', 1)
  moments.note('b', 2)
  moments.note('a', 3)
  expect(['a', 'b', 'c'].map((id) => moments.of(id))).toEqual([3, 2, 0])
  moments.noteAll(4)
  moments.note('b', 5)
  expect(['a', 'b', 'c'].map((id) => moments.of(id))).toEqual([4, 5, 4])
})

test('of more than are remembered, those that have not changed for the longest count as changed no earlier than they were', () => {
  const moments = createLatestMoments(2)
  moments.note('a', 1)
  moments.note('b', 2)
  moments.note('a', 3)
  moments.note('c', 4)
  expect(['a', 'b', 'c', 'never'].map((id) => moments.of(id))).toEqual([3, 2, 4, 2])
  moments.note('d', 5)
  expect(['a', 'b', 'c', 'd', 'never'].map((id) => moments.of(id))).toEqual([3, 3, 4, 5, 3])
})
