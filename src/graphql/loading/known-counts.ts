import { LRUCache } from 'lru-cache'
import type { News } from '../../changes/news.ts'

/** Counts of mirrored rows, each kept until the change log records something that it depends on (decision 0031). */
export interface KnownCounts {
  /**
   * Begins a read for a viewer restricted to an organization (null: to none). Its counts are what the database would
   * give at some moment after this call.
   */
  read(organizationId: string | null): ReadCounts
}

/**
 * Resolves to the count for each id. Those that are not cached, or may have changed, are counted by one call of
 * `count`.
 */
export type ReadCounts = (question: Question, ids: readonly string[], count: Count) => Promise<number[]>

export type Count = (ids: readonly string[]) => Promise<number[]>

export interface Question {
  /** The same for questions that have the same answers: it names the organization if they depend on that (law 8). */
  readonly key: string
  /** Returns the directory whose contents alone are counted; null if there is more. */
  readonly directoryOf: (id: string) => string | null
}

interface Known {
  readonly count: number
  /** A moment before it was counted. */
  readonly moment: number
}

/** The approximate size of an entry besides its key. */
const ENTRY_BYTES = 200

export function createKnownCounts(news: News, maxBytes: number): KnownCounts {
  const known = new LRUCache<string, Known>({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: (_, key) => 2 * key.length + ENTRY_BYTES,
  })
  // If the database does not say whether anything is new, counting meets the same database and reports the error.
  const look = () =>
    news.look().then(
      () => true,
      () => false,
    )

  return {
    read(organizationId) {
      let looked: Promise<boolean> | null = null
      return async ({ key, directoryOf }, ids, count) => {
        const keyOf = (id: string) => `${id}\n${key}`
        const mayKnow = ids.some((id) => known.has(keyOf(id))) && (await (looked ??= look()))
        const currentOf = (id: string): number | null => {
          const found = mayKnow ? known.get(keyOf(id)) : undefined
          if (found === undefined) return null
          const directoryId = directoryOf(id)
          const within = directoryId === null ? null : [directoryId]
          return news.isQuietSince(found.moment, organizationId, within) ? found.count : null
        }
        const counts = ids.map(currentOf)
        const missing = ids.filter((_, index) => counts[index] === null)
        const moment = news.now()
        const counted = missing.length === 0 ? [] : await count(missing)
        for (const [index, id] of missing.entries()) known.set(keyOf(id), { count: counted[index]!, moment })
        let next = 0
        return counts.map((current) => current ?? counted[next++]!)
      }
    },
  }
}
