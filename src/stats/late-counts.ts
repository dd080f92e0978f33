import type { Queryable } from '../db/database.ts'
import type { Counter } from './counters.ts'
import { recordTally } from './record-tally.ts'
import { createTally } from './tally.ts'

/** Counts that no caller waits for. */
export interface LateCounts {
  /** Without a directory, because the event was unreadable, it counts only for everything. */
  readonly count: (directoryId: string | null, at: Date, counter: Counter) => void
  /** Writes what is not written yet. */
  close(): Promise<void>
}

interface LateCountsOptions {
  readonly db: Queryable
  /** Called with the reason why counts could not be written. They are lost: whether they were committed is unknown. */
  readonly onError: (error: unknown) => void
  /** How long counts may wait: what a killed process loses. */
  readonly everyMs?: number
}

/** Keeps counts in memory and adds them to the roll-ups in a separate statement, about once a second. */
export function createLateCounts({ db, onError, everyMs = 1_000 }: LateCountsOptions): LateCounts {
  let tally = createTally()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  // One after the other, so that a slow database has one pending, not one for each second.
  function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(() => {
      const counted = tally
      tally = createTally()
      return recordTally(db, counted).catch(onError)
    })
    return writing
  }

  return {
    count(directoryId, at, counter) {
      tally.count(directoryId, at, counter)
      timer ??= setTimeout(() => void write(), everyMs)
    },
    close: write,
  }
}
