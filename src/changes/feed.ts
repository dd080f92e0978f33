import { Repeater } from '@repeaterjs/repeater'
import { FeedReader, type FeedItem, type FeedOptions } from './feed-reader.ts'
import type { ChangeFilter } from './filter.ts'
import { errorOf, type Lease } from './lease.ts'
import { readClock } from './read.ts'

/** An item, and all items that were read together with it, so that what they name can be looked up together. */
export interface Delivery {
  readonly item: FeedItem
  readonly page: readonly FeedItem[]
}

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

interface Beginning {
  /** How far the log reaches, if the cursor may be ahead of it. */
  readonly head: number | null
  readonly counts: boolean
}

export function createFeed(options: FeedOptions): Feed {
  const { db, tail } = options
  let subscribers = 0

  const readerOf = (filter: ChangeFilter, position: number, live: boolean) =>
    new FeedReader(options, filter, position, live)

  // A separate function: what it returns must not retain the subscription's state, only the lease.
  function leaving(lease: Lease, counts: boolean): () => void {
    return () => {
      if (counts) subscribers -= 1
      lease.close()
    }
  }

  function follow(reader: FeedReader, { head, counts }: Beginning, open: () => Lease) {
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
      following = await tail.follow(reader.filter, (before) => {
        // Changes skipped while waiting did not match the filter.
        if (waits) reader.skipTo(before)
        wake()
      })
      reader.begin()
      if (stopped) following.close()
      if (signal.aborted) end()
      // Decided by the clock at the start alone: later, a reader of the table may well be ahead of the tail.
      if (head !== null && reader.position > head) await deliver([reader.leap('AHEAD', head)])
      while (!stopped) {
        const ring = new Promise<void>((resolve) => {
          wake = () => {
            waits = false
            resolve()
          }
        })
        await deliver(await reader.next())
        if (stopped || !reader.isUpToDate()) continue
        handedOver = lease.handOver?.(reader.position, leave) ?? false
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
      return follow(readerOf(filter, after ?? head, after === null), { head, counts: true }, open)
    },
    resume: (filter, position, open) => follow(readerOf(filter, position, true), { head: null, counts: false }, open),
  }
}
