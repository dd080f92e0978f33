// What is decided about the events that the guard holds in a directory. `tx` must have locked it.
import type { Tx } from '../db/database.ts'
import { rowCountOf } from '../db/row-count.ts'
import { COUNTED, countMarked, MARKED, type Marked } from '../stats/count-marked.ts'
import type { Tally } from '../stats/tally.ts'
import { releaseFollowers } from './release-followers.ts'

/**
 * Releases all of them, in their order, and the guard does not stop them again. Earlier removals no longer count
 * either: they were of the same burst. Returns how many there were.
 */
export async function approveEvents(tx: Tx, directoryId: string): Promise<number> {
  const released = await tx.query(
    `update inbox_event set status = 'PENDING', approved_at = now(), released_at = now()
     where directory_id = $1 and status = 'HELD'`,
    [directoryId],
  )
  const count = rowCountOf(released)
  if (count !== 0) await tx.query('update directory set guard_since = now() where id = $1', [directoryId])
  return count
}

/**
 * Discards those that take something away, for the reason given; those that waited behind them continue in their order.
 * Returns how many there were of both.
 */
export async function rejectEvents(tx: Tx, directoryId: string, reason: string, tally: Tally): Promise<number> {
  const { rows } = await tx.query<Marked>(
    `update inbox_event e set status = 'DISCARDED', error = $2, ${COUNTED}
     where e.directory_id = $1 and e.status = 'HELD' and e.removal is not null
     returning ${MARKED}`,
    [directoryId, reason],
  )
  for (const row of rows) countMarked(tally, row)
  return rows.length + (await releaseFollowers(tx, directoryId))
}
