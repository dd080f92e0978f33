import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUCKETS, bucketOf, quantile } from '../../src/stats/latency.ts'

const histogramOf = (times: readonly number[]): number[] => {
  const histogram = Array.from({ length: BUCKETS }, () => 0)
  for (const time of times) histogram[bucketOf(time)]! += 1
  return histogram
}

test('a percentile is wrong by less than a quarter, from a millisecond to a day', () => {
  const times = fc.array(fc.double({ min: 1, max: 86_400_000, noNaN: true }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.95, 0.99), (some, share) => {
      const truth = some.toSorted((a, b) => a - b)[Math.ceil(share * some.length) - 1]!
      const told = quantile(histogramOf(some), share)!
      expect(told / truth).toBeGreaterThanOrEqual(0.799)
      expect(told / truth).toBeLessThanOrEqual(1.251)
    }),
  )
})

test('what is shorter than a millisecond, negative by two clocks, or longer than a day has a bucket too', () => {
  expect([-5, 0, 0.99].map(bucketOf)).toEqual([0, 0, 0])
  expect([1e8, 1e12].map(bucketOf)).toEqual([BUCKETS - 1, BUCKETS - 1])
  expect(quantile(histogramOf([0, 0]), 0.5)).toBeLessThanOrEqual(1)
})

test('of nothing there is no percentile', () => {
  expect(quantile([], 0.5)).toBeNull()
  expect(quantile([0, 0], 0.99)).toBeNull()
})
