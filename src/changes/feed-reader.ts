import type { Queryable } from '../db/database.ts'
import { matches, type ChangeFilter } from './filter.ts'
import { readChanges, type StoredChange } from './read.ts'
import type { Tail } from './tail.ts'

/**
 * Sent to a subscriber instead of changes if the history after its cursor is gone or it was too slow. It should read
 * the present state and continue from `position`.
 */
export interface Discontinuity {
  readonly discontinuity: true
  /** AHEAD: what it has seen is of another log, such as before the database was restored from a backup. */
  readonly reason: 'PURGED' | 'TOO_SLOW' | 'AHEAD'
  readonly position: number
  readonly at: Date
}

export type FeedItem = StoredChange | Discontinuity

export interface FeedOptions {
  readonly db: Queryable
  readonly tail: Tail
  readonly now: () => Date
  /** How many changes a subscriber that was up to date may fall behind before it gets a Discontinuity. */
  readonly maxLag: number
}

const PAGE = 200

/** Where one subscriber is in the log: reads what comes next from the tail, or from the database if it is behind. */
export class FeedReader {
  readonly filter: ChangeFilter
  readonly #options: FeedOptions
  #position: number
  #live: boolean // it has been up to date, and so may be too slow
  #epoch = 0

  constructor(options: FeedOptions, filter: ChangeFilter, position: number, live: boolean) {
    this.filter = filter
    this.#options = options
    this.#position = position
    this.#live = live
  }

  /** Everything up to here was returned, skipped, or does not match the filter. */
  get position(): number {
    return this.#position
  }

  /** Takes the log that the tail follows now for the one that the position is of. */
  begin(): void {
    this.#epoch = this.#options.tail.epoch()
  }

  /** Reads a page; empty if the subscriber is up to date. */
  async next(): Promise<readonly FeedItem[]> {
    const { db, tail, maxLag } = this.#options
    const { filter } = this
    if (tail.epoch() !== this.#epoch) {
      this.begin()
      return [this.leap('AHEAD', tail.head())]
    }
    if (this.#live && tail.head() - this.#position > maxLag) return [this.leap('TOO_SLOW', tail.head())]
    const recent = tail.since(this.#position)
    if (recent !== null) {
      this.#live = true
      const page = recent.filter((change) => matches(filter, change)).slice(0, PAGE)
      this.#position = (page.length === PAGE ? page : recent).at(-1)?.position ?? this.#position
      return page
    }
    const page = await readChanges(db, { filter, after: this.#position, limit: PAGE })
    if (page.purgedThrough > this.#position) return [this.leap('PURGED', page.head)]
    this.#position = page.changes.length === PAGE ? page.changes.at(-1)!.position : page.head
    return page.changes
  }

  isUpToDate(): boolean {
    return this.#options.tail.since(this.#position)?.length === 0
  }

  /** Passes over changes that do not match the filter. */
  skipTo(position: number): void {
    this.#position = Math.max(this.#position, position)
  }

  leap(reason: Discontinuity['reason'], position: number): Discontinuity {
    this.#position = position
    return { discontinuity: true, reason, position, at: this.#options.now() }
  }
}
