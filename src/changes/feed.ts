import { Repeater } from '@repeaterjs/repeater'
import type { Queryable } from '../db/database.ts'
import { matches, type ChangeFilter } from './filter.ts'
import { readChanges, readClock, type StoredChange } from './read.ts'
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

/** An item, and all items that were read together with it, so that what they name can be looked up together. */
export interface Delivery {
  readonly item: FeedItem
  readonly page: readonly FeedItem[]
}

/**
 * Permission to follow the log until `signal` is aborted. If it is aborted with an error, the subscriber gets that
 * error.
 */
export interface Lease {
  readonly signal: AbortSignal
  close(): void
  /**
   * Called when the subscriber has taken everything up to a position and nothing follows yet. If it returns true, the
   * subscriber ends here and is served by another feed from there on. It counts, and its lease stays open, until
   * `leave` is called.
   */
  readonly handOver?: (position: number, leave: () => void) => boolean
}

/** The error that a lease ended with; undefined if it simply ended: aborted without a reason, it is an AbortError. */
export const errorOf = ({ reason }: AbortSignal): Error | undefined =>
  reason instanceof Error && reason.name !== 'AbortError' ? reason : undefined

export interface Feed {
  /**
   * Yields everything after the position `after`, then what follows; without `after`, what commits from this call on.
   * Each change once, in the order of commits. At most one page of changes is in memory at a time: the next is read
   * when the subscriber has taken this one. Opens a lease when the subscriber begins to take, and ends with it.
   */
  subscribe(filter: ChangeFilter, after: number | null, open: () => Lease): Promise<AsyncIterableIterator<Delivery>>
  /**
   * Continues after a position for a subscriber that was up to date there. One that was handed over still counts, so
   * this does not count it again.
   */
  resume(filter: ChangeFilter, position: number, open: () => Lease): AsyncIterableIterator<Delivery>
  /** How many have begun to take and have not ended. */
  subscribers(): number
}

export interface FeedOptions {
  readonly db: Queryable
  readonly tail: Tail
  readonly now: () => Date
  /** How many changes a subscriber that was up to date may fall behind before it gets a Discontinuity. */
  readonly maxLag: number
}

const PAGE = 200

interface Beginning {
  readonly position: number
  readonly live: boolean
  /** How far the log reaches, if the cursor may be ahead of it. */
  readonly head: number | null
  readonly counts: boolean
}

export function createFeed({ db, tail, now, maxLag }: FeedOptions): Feed {
  let subscribers = 0

  // A separate function: what it returns must not retain the subscription's state, only the lease.
  function leaving(lease: Lease, counts: boolean): () => void {
    return () => {
      if (counts) subscribers -= 1
      lease.close()
    }
  }

  function follow(filter: ChangeFilter, { head, counts, ...from }: Beginning, open: () => Lease) {
    let { position, live } = from
    let epoch = 0

    const leap = (reason: Discontinuity['reason'], to: number): Discontinuity => {
      position = to
      return { discontinuity: true, reason, position: to, at: now() }
    }

    // What comes next; nothing if the subscriber is up to date.
    async function next(): Promise<FeedItem[]> {
      if (tail.epoch() !== epoch) {
        epoch = tail.epoch()
        return [leap('AHEAD', tail.head())]
      }
      if (live && tail.head() - position > maxLag) return [leap('TOO_SLOW', tail.head())]
      const recent = tail.since(position)
      if (recent !== null) {
        live = true
        const page = recent.filter((change) => matches(filter, change)).slice(0, PAGE)
        position = (page.length === PAGE ? page : recent).at(-1)?.position ?? position
        return page
      }
      const page = await readChanges(db, { filter, after: position, limit: PAGE })
      if (page.purgedThrough > position) return [leap('PURGED', page.head)]
      position = page.changes.length === PAGE ? page.changes.at(-1)!.position : page.head
      return page.changes
    }

    return new Repeater<Delivery>(async (push, stop) => {
      const deliver = async (page: readonly FeedItem[]) => {
        for (const item of page) await push({ item, page })
      }
      let wake = () => {}
      let stopped = false
      let handedOver = false
      if (counts) subscribers += 1
      const lease = open()
      const { signal } = lease
      const end = () => stop(errorOf(signal))
      signal.addEventListener('abort', end)
      let following: { close(): void } | null = null
      const leave = leaving(lease, counts)
      void stop.then(() => {
        stopped = true
        signal.removeEventListener('abort', end)
        following?.close()
        if (!handedOver) leave()
        wake()
      })
      let waits = false
      // Follow first, then read.
      following = await tail.follow(filter, (before) => {
        // Changes skipped while waiting did not match the filter.
        if (waits) position = Math.max(position, before)
        wake()
      })
      epoch = tail.epoch()
      if (stopped) following.close()
      if (signal.aborted) end()
      // Decided by the clock at the start alone: later, a reader of the table may well be ahead of the tail.
      if (head !== null && position > head) await deliver([leap('AHEAD', head)])
      while (!stopped) {
        const ring = new Promise<void>((resolve) => {
          wake = () => {
            waits = false
            resolve()
          }
        })
        await deliver(await next())
        if (stopped || tail.since(position)?.length !== 0) continue
        handedOver = lease.handOver?.(position, leave) ?? false
        if (handedOver) {
          stop()
          break
        }
        waits = true
        await ring
      }
    })
  }

  return {
    subscribers: () => subscribers,
    async subscribe(filter, after, open) {
      // The start is fixed now, not when the subscriber first asks for something.
      const { head } = await readClock(db)
      return follow(filter, { position: after ?? head, live: after === null, head, counts: true }, open)
    },
    resume: (filter, position, open) => follow(filter, { position, live: true, head: null, counts: false }, open),
  }
}
