import type { Queryable } from '../db/database.ts'
import { conflict } from '../operations/refusal.ts'
import { matchesGroup, type Match } from './match.ts'
import { nextTurn } from './next-turn.ts'

/** Where a group or user is. */
export interface Place {
  readonly directoryId: string
  readonly organizationId: string | null
}

/** A mapping with its scope; null: everywhere. */
export interface ScopedMapping extends Match {
  readonly id: string
  readonly organizationId: string | null
  readonly directoryId: string | null
}

/** What a mapping is compared with. */
export interface Group extends Place {
  readonly id: string
  readonly name: string
}

export interface Pair {
  readonly group_id: string
  readonly mapping_id: string
}

/** How long comparing has taken, and may take. */
export interface Effort {
  spentMs: number
  readonly mostMs: number
}

// How long others may have to wait for a turn.
const TURN_MS = 5
// PostgreSQL ends a transaction that is idle for 15 seconds.
const SIGN_OF_LIFE_MS = 1_000

/**
 * Returns which mappings match which groups. Yields to others after each comparison that took long. Meanwhile, `db` is
 * sent an empty query now and then: the transaction that waits for this is not ended for being idle, and if it was
 * ended, this fails. Throws Refusal if it takes longer than it may.
 */
export async function findPairs(
  db: Queryable,
  groups: readonly Group[],
  mappings: readonly ScopedMapping[],
  effort: Effort = { spentMs: 0, mostMs: Infinity },
): Promise<Pair[]> {
  const pairs: Pair[] = []
  let asked = performance.now()
  let turn = asked
  for (const group of groups) {
    for (const mapping of mappings) {
      if (!isInScope(mapping, group)) continue
      if (matchesGroup(mapping, group)) pairs.push({ group_id: group.id, mapping_id: mapping.id })
      const now = performance.now()
      if (now - turn < TURN_MS) continue
      effort.spentMs += now - turn
      if (effort.spentMs > effort.mostMs) throw conflict(TAKES_TOO_LONG)
      await nextTurn()
      if (now - asked > SIGN_OF_LIFE_MS) {
        await db.query('select')
        asked = performance.now()
      }
      turn = performance.now()
    }
  }
  effort.spentMs += performance.now() - turn
  return pairs
}

/** Whether a place is in a mapping's scope. */
export function isInScope({ organizationId, directoryId }: ScopedMapping, place: Place): boolean {
  if (organizationId !== null && organizationId !== place.organizationId) return false
  return directoryId === null || directoryId === place.directoryId
}

const TAKES_TOO_LONG = 'The patterns take too long on the names of the existing groups'
