import { MAX_DIRECTORIES } from './claim.ts'
import type { Turn } from './turns.ts'

/** Directories known to have events, named by the receiver: searching for them takes as long as claiming them. */
export interface NamedDirectories {
  add(directoryIds: readonly string[]): void
  /**
   * Those to claim now, which no loop is working on. None if there is much to do, or if it is time to look for other
   * work.
   */
  take(turn: Turn): string[]
  /** Called with what a loop is about to claim after looking: it need not be claimed once more. */
  forget(directoryIds: readonly string[]): void
  /** Called when a loop has looked. If there were only few events, `add` is trusted for a while. */
  looked(areFew: boolean): void
}

/**
 * However much is added: what is not announced, such as another instance's events and deletions that continue by
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
      const free = ids.values().filter((id) => !turn.isTaken(id))
      const taken = free.take(MAX_DIRECTORIES).toArray()
      for (const id of taken) ids.delete(id)
      return taken
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
