import type { ChangeKind } from '../directory/change-kinds.ts'
import { counterOfChange, noCounts, type Counter, type Counts } from './counters.ts'
import { bucketOf } from './latency.ts'

/** The id under which all directories are counted together. No directory's id is empty. */
export const EVERYTHING = ''

const HOUR_MS = 3_600_000

/** A row of `stats`, or what is to be added to it. */
export interface Counted {
  /** A directory's id, an organization's, or EVERYTHING. */
  readonly owner: string
  /** When the hour begins. */
  readonly at: Date
  readonly counts: Counts
  readonly latency: number[]
}

/** Counts in memory, by directory and hour. */
export interface Tally {
  /** Counts one in the hour of `at`; without a directory, for EVERYTHING alone. */
  count(directoryId: string | null, at: Date, counter: Counter): void
  /** Records how long an event received at `at` took to be applied. */
  took(directoryId: string, at: Date, milliseconds: number): void
  /** Counts changes that were recorded together. */
  changes(recorded: Recorded | null): void
  /** Of the directories, and of EVERYTHING. */
  rows(): readonly Counted[]
}

/** Changes as appended to the change log. */
export interface Recorded {
  readonly recordedAt: Date
  readonly drafts: readonly { readonly kind: ChangeKind; readonly directoryId: string }[]
}

export function createTally(): Tally {
  const rows = new Map<string, Counted>()

  function row(owner: string, at: Date): Counted {
    const hour = Math.floor(at.getTime() / HOUR_MS) * HOUR_MS
    const key = `${hour} ${owner}`
    let found = rows.get(key)
    if (found === undefined) {
      found = { owner, at: new Date(hour), counts: noCounts(), latency: [] }
      rows.set(key, found)
    }
    return found
  }

  function count(directoryId: string | null, at: Date, counter: Counter): void {
    if (directoryId !== null) row(directoryId, at).counts[counter] += 1
    row(EVERYTHING, at).counts[counter] += 1
  }

  return {
    count,
    took(directoryId, at, milliseconds) {
      const bucket = bucketOf(milliseconds)
      for (const { latency } of [row(directoryId, at), row(EVERYTHING, at)]) {
        while (latency.length <= bucket) latency.push(0)
        latency[bucket]! += 1
      }
    },
    changes(recorded) {
      if (recorded === null) return
      for (const { kind, directoryId } of recorded.drafts) {
        const counter = counterOfChange[kind]
        if (counter !== undefined) count(directoryId, recorded.recordedAt, counter)
      }
    },
    rows: () => [...rows.values()],
  }
}
