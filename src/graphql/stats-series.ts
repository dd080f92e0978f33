import { noCounts } from '../stats/counters.ts'
import type { Bucket, Point, Window } from '../stats/read-stats.ts'

const LENGTH_MS: Record<Bucket, number> = { HOUR: 3_600_000, DAY: 86_400_000 }

/** Returns every hour or day (UTC) that the window touches, in order, with zeros for those without activity. */
export function fillSeries(points: readonly Point[], { since, until }: Window, bucket: Bucket): Point[] {
  const length = LENGTH_MS[bucket]
  const known = new Map(points.map((point) => [point.at.getTime(), point]))
  const first = Math.floor(since.getTime() / length) * length
  const count = Math.ceil((until.getTime() - first) / length)
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * length
    return known.get(at) ?? { ...noCounts(), at: new Date(at) }
  })
}
