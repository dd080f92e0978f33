import { LRUCache } from 'lru-cache'
import type { News } from '../changes/news.ts'

/** An answer as it was given, but for what is said anew of each: how old it may be. */
export interface Kept {
  /** The JSON of the answer without its extensions and its last brace. */
  readonly text: Buffer
  readonly headers: Readonly<Record<string, string>>
  /** Directories whose rows it holds. */
  readonly concerned: readonly string[]
}

/** An answer that is being worked out: whoever asks for the same waits for it. */
export interface Flight {
  /** Gives what came of it; null where it is not to be kept. Has to be called; the first time counts. */
  land(kept: Kept | null): void
}

/**
 * HIT: given from memory. MISS: worked out, to be kept. UNCHECKED: the database did not say whether anything has come.
 */
export type Lookup = 'HIT' | 'MISS' | 'UNCHECKED'

export interface Answers {
  /**
   * What this organization's viewers (null: those who see all) are to be answered to the question `key`, if that is
   * what the database would say now, after the call. Else a flight, where the caller has to work out an answer that was
   * kept before, or null, where it is not known whether it can be kept.
   */
  find(key: string, organizationId: string | null): Promise<Kept | Flight | null>
  /**
   * Call before anything is read. What is answered depends on these directories alone; null: on all that the viewer
   * sees.
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
  /** Before anything of it was read. */
  readonly moment: number
  /** What it depends on. The same question depends on the same. */
  readonly directoryIds: readonly string[] | null
  readonly kept: Kept | Promise<Kept | null>
}

/** No answer may have more of the memory than this share. */
const LARGEST_SHARE = 1 / 32
/** Of an entry besides its text and its key, about. */
const ENTRY_BYTES = 1_000

/** Answers to queries, kept as long as nothing that they depend on has come to the change log. */
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
        // One that began later knows more.
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
        onLookup('UNCHECKED') // whoever works it out meets the same database, and says what is wrong with it
        return null
      }
      const entry = entryOf(key) // another one may have been worked out meanwhile
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
