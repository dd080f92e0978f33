// Durations as a histogram: the first bucket is below 1 ms, each further one reaches a quarter further than the one
// before it, and the last is open. Values read from it are off by less than a quarter, and hourly histograms can be
// added up.
const FACTOR = 1.25
const LONGEST_MS = 86_400_000

/** Buckets, at most; a histogram may omit empty ones at its end. */
export const BUCKETS = Math.ceil(Math.log(LONGEST_MS) / Math.log(FACTOR)) + 2

/** Returns the bucket of a duration. A negative one, since two clocks may disagree, is the shortest. */
export function bucketOf(milliseconds: number): number {
  if (milliseconds < 1) return 0
  return Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(milliseconds) / Math.log(FACTOR)))
}

const startOf = (bucket: number): number => (bucket === 0 ? 0 : FACTOR ** (bucket - 1))

/**
 * Returns the duration that the given share does not exceed, interpolated within its bucket; null if there are none.
 */
export function quantile(histogram: readonly number[], share: number): number | null {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let left = share * total
  for (const [bucket, count] of histogram.entries()) {
    if (count > 0 && left <= count) return startOf(bucket) + (left / count) * (startOf(bucket + 1) - startOf(bucket))
    left -= count
  }
  return startOf(histogram.length)
}
