import type { Clock } from './clock.ts'

export interface RateLimit {
  take: (key: string) => number
}

/** At most `limit` calls within `windowMs` per key. Returns 0, or the milliseconds until the next call is allowed. */
export function createRateLimit({
  clock,
  limit,
  windowMs,
}: {
  clock: Clock
  limit: number
  windowMs: number
}): RateLimit {
  const calls = new Map<string, number[]>()
  return {
    take(key) {
      const now = clock.now()
      const recent = calls.get(key) ?? []
      calls.set(key, recent)
      while (recent.length > 0 && recent[0]! <= now - windowMs) recent.shift()
      if (recent.length >= limit) return recent[0]! + windowMs - now
      recent.push(now)
      return 0
    },
  }
}
