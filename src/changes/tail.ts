import type { Queryable } from '../db/database.ts'
import type { Appended } from './append.ts'
import type { Bell } from './bell.ts'
import { coalesced } from './coalesced.ts'
import { createFilterIndex } from './filter-index.ts'
import type { ChangeFilter } from './filter.ts'
import { changesAfter, isOfOtherLog, NewestChanges } from './newest-changes.ts'
import { readChanges, type StoredChange } from './read.ts'
import { storedChanges } from './stored-changes.ts'

/**
 * The newest changes, in memory, once per instance: however many subscribers there are, a change is read from the
 * database once. Reads only while it has followers.
 */
export interface Tail {
  /** The newest position read. */
  head(): number
  /**
   * Rises when the log turns out not to be the one that was followed: it ends earlier or has other changes, since the
   * database was restored or failed over. It is not known then what of the earlier one has been kept.
   */
  epoch(): number
  /** The changes after a position; null if not all of them are in memory any more. */
  since(position: number): readonly StoredChange[] | null
  /**
   * Calls `wanted` each time the head has moved past a change that the filter lets through, with where the head was
   * before, and with 0 when the epoch has risen. Resolves once the head is known.
   */
  follow(filter: ChangeFilter, wanted: (before: number) => void): Promise<{ close(): void }>
  /**
   * Takes what this process has appended, after its commit: if it comes right behind what is known, it need not be
   * read. Positions are assigned without a gap and in the order of commits, so nothing can be missing before it.
   */
  take(appended: Appended): void
  /**
   * Called with what this process is about to commit; returns a callback for how that ended. An earlier ring for it,
   * from another connection, causes no read.
   */
  expect(appended: Appended): (isCommitted: boolean) => void
  close(): void
}

interface TailOptions {
  readonly db: Queryable
  readonly bell: Bell
  /** How many changes to keep. */
  readonly size?: number
  readonly onError: (error: Error) => void
}

const PAGE = 1_000
const PLACE = 'x.position, x.recorded_at as "recordedAt"'

export function createTail({ db, bell, size = 2_000, onError }: TailOptions): Tail {
  const followers = createFilterIndex<(before: number) => void>()
  const newest = new NewestChanges(size)
  let epoch = 0
  let fault: unknown = null // why it could not be read last
  let begun = false // whether the newest changes are known: not without followers
  const expected = new Set<number>()

  const ringing = bell.listen((position) => {
    const isKnown = begun && position !== undefined && (position <= newest.head.position || expected.has(position))
    if (followers.size() > 0 && !isKnown) void read()
  })

  // A ring during a read may be for something that the read did not see. After an error, the next ring tries again.
  const read = coalesced(
    async () => {
      if (begun) return readPage()
      newest.begin(await readChanges(db, { filter: {}, limit: 1, backwards: true, columns: PLACE }))
      begun = true
    },
    (error) => {
      fault = error
      onError(error as Error)
    },
  )

  async function readPage(): Promise<void> {
    const { head } = newest
    // Begins with the newest change known, to see whether it is still there.
    const page = await readChanges(db, { filter: {}, after: head.position - 1, limit: PAGE })
    if (isOfOtherLog(page, head)) {
      newest.begin(page)
      epoch += 1
      for (const wanted of followers.all()) wanted(0)
      void read()
      return
    }
    if (page.changes.length === PAGE) void read()
    // Some of it may have been taken meanwhile.
    grow(changesAfter(page.changes, newest.head.position))
  }

  function grow(news: readonly StoredChange[]): void {
    const before = newest.head.position
    newest.add(news)
    const told = new Set(news.flatMap((change) => followers.find(change)))
    for (const wanted of told) wanted(before)
  }

  // If it comes right behind the head, there is nothing in between; otherwise another transaction has appended too.
  function take(appended: Appended): void {
    const { position } = newest.head
    if (!begun || appended.position <= position) return
    if (appended.position - appended.drafts.length === position) grow(storedChanges(appended))
    else void read()
  }

  return {
    head: () => newest.head.position,
    epoch: () => epoch,
    since: (position) => newest.since(position),
    async follow(filter, wanted) {
      const following = followers.add(filter, wanted)
      const close = () => {
        following.remove()
        if (followers.size() === 0) begun = false
      }
      await read()
      if (begun) return { close }
      close()
      throw fault
    },
    take,
    expect(appended) {
      expected.add(appended.position)
      return (isCommitted) => {
        expected.delete(appended.position)
        if (isCommitted) take(appended)
        else if (begun) void read() // the connection may have broken after the commit: re-read
      }
    },
    close() {
      ringing.close()
      followers.clear()
    },
  }
}
