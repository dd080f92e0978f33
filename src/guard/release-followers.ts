import type { Tx } from '../db/database.ts'
import { rowCountOf } from '../db/row-count.ts'

/**
 * Releases those events of a directory, which `tx` has locked, that are held only for their order. Those that something
 * else still holds back are held again when their turn comes. Returns how many there were.
 */
export async function releaseFollowers(tx: Tx, directoryId: string): Promise<number> {
  const text = `
    update inbox_event set status = 'PENDING', released_at = now()
    where directory_id = $1 and status = 'HELD' and removal is null`
  return rowCountOf(await tx.query(text, [directoryId]))
}
