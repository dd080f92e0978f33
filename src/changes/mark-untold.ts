import type { Tx } from '../db/database.ts'

/**
 * Invalidates cached answers after a write that readers can see but that appends no change for all viewers concerned:
 * WorkOS's own timestamps, which are never logged, or a directory that moves to another organization. Caches of answers
 * then read anew (src/changes/news.ts). Call it last in the transaction, like appendChanges, whose lock it takes.
 */
export async function markUntold(tx: Tx): Promise<void> {
  await tx.query({ name: 'mark-untold', text: 'update change_clock set untold = untold + 1 where id = 1' })
}
