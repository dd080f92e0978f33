import { MAX_DIRECTORIES } from './claim.ts'
import type { Turn } from './turns.ts'

/** Directories that a worker was told to have events: to look for them takes as long as to claim them. */
export interface NamedDirectories {
  add(directoryIds: readonly string[]): void
  /**
   * Those that no loop is at, to be claimed now. None where there is much to do, or it is time to look what else there
   * is.
   */
  take(turn: Turn): string[]
  /** What is claimed by who has looked need not be claimed once more. */
  forget(directoryIds: readonly string[]): void
  /**
   * Somebody has looked. Where there were no more than few events, what is told from now on is believed for a while.
   */
  looked(areFew: boolean): void
}

/**
 * However much is told: whatever nobody tells of, such as another instance's events and deletions that go on by
 * themselves, is looked for this often.
 */
const LOOK_MS = 50

export function createNamedDirectories(now: () => number = () => performance.now()): NamedDirectories {
  const ids = new Set<string>()
  let isBelieved = false
  let since: number | null = null

  return {
    add(directoryIds) {
      for (const id of directoryIds) ids.add(id)
    },
    take(turn) {
      if (!isBelieved || ids.size === 0 || turn.othersAreLong()) return []
      since ??= now()
      if (now() - since > LOOK_MS) return []
      const free = ids.values().filter((id) => !turn.isTaken(id)).take(MAX_DIRECTORIES).toArray() // prettier-ignore
      for (const id of free) ids.delete(id)
      return free
    },
    forget(directoryIds) {
      for (const id of directoryIds) ids.delete(id)
    },
    looked(areFew) {
      isBelieved = areFew
      since = null
    },
  }
}
