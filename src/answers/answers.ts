import { LRUCache } from 'lru-cache'
import type { News } from '../changes/news.ts'

/** A cached response, without `extensions.freshness`, which is computed for each request. */
export interface CachedResponse {
  /** The response's JSON without its extensions and closing brace. */
  readonly text: Buffer
  readonly headers: Readonly<Record<string, string>>
  /** The directories whose rows it holds. */
  readonly concerned: readonly string[]
}

/** A response in progress: equal requests wait for it. */
export interface Flight {
  /** Provides the result; null if it must not be cached. Must be called; only the first call counts. */
  land(response: CachedResponse | null): void
}

/**
 * HIT: served from the cache. MISS: computed, to be cached. UNCHECKED: the database did not say whether anything is
 * new.
 */
export type Lookup = 'HIT' | 'MISS' | 'UNCHECKED'

export interface Answers {
  /**
   * Resolves to the cached response to `key` for this organization's viewers (null: those who see all), if the database
   * would still return it after the call. Otherwise to a flight if it was cached before and the caller must compute it,
   * or to null if it is unknown whether it can be cached.
   */
  find(key: string, organizationId: string | null): Promise<CachedResponse | Flight | null>
  /**
   * Begins a response. Call before anything is read. It depends only on these directories; null: on everything that the
   * viewer sees.
   */
  begin(key: string, directoryIds: readonly string[] | null): Flight
  bytes(): number
}

export interface AnswersOptions {
  readonly news: News
  readonly maxBytes: number
  readonly onLookup: (lookup: Lookup) => void
}

interface Entry {
  /** A moment before anything was read for it. */
  readonly moment: number
  /** What it depends on; the same for equal requests. */
  readonly directoryIds: readonly string[] | null
  readonly response: CachedResponse | Promise<CachedResponse | null>
}

/** The largest share of the cache for one response. */
const LARGEST_SHARE = 1 / 32
/** The approximate size of an entry besides its text and key. */
const ENTRY_BYTES = 1_000

/** A cache of query responses, each valid until the change log records something it depends on. */
export function createAnswers({ news, maxBytes, onLookup }: AnswersOptions): Answers {
  const landed = new LRUCache<string, Entry & { readonly response: CachedResponse }>({
    maxSize: Math.max(1, maxBytes),
    maxEntrySize: Math.max(1, Math.floor(maxBytes * LARGEST_SHARE)),
    sizeCalculation: ({ response, directoryIds }, key) =>
      response.text.length +
      2 * key.length +
      50 * (response.concerned.length + (directoryIds?.length ?? 0)) +
      ENTRY_BYTES,
  })
  const flying = new Map<string, Entry>()
  const entryOf = (key: string): Entry | undefined => flying.get(key) ?? landed.get(key)

  function begin(key: string, directoryIds: readonly string[] | null): Flight {
    onLookup('MISS')
    const { promise, resolve } = Promise.withResolvers<CachedResponse | null>()
    const entry: Entry = { moment: news.now(), directoryIds, response: promise }
    landed.delete(key)
    flying.set(key, entry)
    return {
      land(response) {
        // A response that began later is newer.
        if (flying.get(key) === entry) {
          flying.delete(key)
          if (response !== null) landed.set(key, { ...entry, response })
        }
        resolve(response)
      },
    }
  }

  return {
    async find(key, organizationId) {
      if (entryOf(key) === undefined) return null
      try {
        await news.look()
      } catch {
        onLookup('UNCHECKED') // executing the query meets the same database and reports the error
        return null
      }
      const entry = entryOf(key) // it may have been replaced in the meantime
      if (entry === undefined) return null
      const { moment, directoryIds } = entry
      if (!news.isQuietSince(moment, organizationId, directoryIds)) return begin(key, directoryIds)
      const response = await entry.response
      if (response !== null) onLookup('HIT')
      return response
    },
    begin,
    bytes: () => landed.calculatedSize,
  }
}
