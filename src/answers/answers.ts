import { LRUCache } from 'lru-cache'
import type { News } from '../changes/news.ts'

/** A cached response, without `extensions.freshness`, which is computed for each request. */
export interface Kept {
  /** The response's JSON without its extensions and closing brace. */
  readonly text: Buffer
  readonly headers: Readonly<Record<string, string>>
  /** The directories whose rows it holds. */
  readonly concerned: readonly string[]
}

/** A response in progress: equal requests wait for it. */
export interface Flight {
  /** Provides the result; null if it must not be cached. Must be called; only the first call counts. */
  land(kept: Kept | null): void
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
  find(key: string, organizationId: string | null): Promise<Kept | Flight | null>
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
  readonly kept: Kept | Promise<Kept | null>
}

/** The largest share of the cache for one response. */
const LARGEST_SHARE = 1 / 32
/** The approximate size of an entry besides its text and key. */
const ENTRY_BYTES = 1_000

/** A cache of query responses, each valid until the change log records something it depends on. */
export function createAnswers({ news, maxBytes, onLookup }: AnswersOptions): Answers {
  const landed = new LRUCache<string, Entry & { readonly kept: Kept }>({
    maxSize: Math.max(1, maxBytes),
    maxEntrySize: Math.max(1, Math.floor(maxBytes * LARGEST_SHARE)),
    sizeCalculation: ({ kept, directoryIds }, key) =>
      kept.text.length + 2 * key.length + 50 * (kept.concerned.length + (directoryIds?.length ?? 0)) + ENTRY_BYTES,
  })
  const flying = new Map<string, Entry>()
  const entryOf = (key: string): Entry | undefined => flying.get(key) ?? landed.get(key)

  function begin(key: string, directoryIds: readonly string[] | null): Flight {
    onLookup('MISS')
    const { promise, resolve } = Promise.withResolvers<Kept | null>()
    const entry: Entry = { moment: news.now(), directoryIds, kept: promise }
    landed.delete(key)
    flying.set(key, entry)
    return {
      land(kept) {
        // A response that began later is newer.
        if (flying.get(key) === entry) {
          flying.delete(key)
          if (kept !== null) landed.set(key, { ...entry, kept })
        }
        resolve(kept)
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
      const kept = await entry.kept
      if (kept !== null) onLookup('HIT')
      return kept
    },
    begin,
    bytes: () => landed.calculatedSize,
  }
}
