import type { Tx } from '../db/database.ts'

/**
 * Says that what readers see was written though no change of the log tells of it to everybody whom it concerns:
 * WorkOS's own clocks, of which nothing is told, or a directory that goes to another organization. Whoever remembers
 * answers reads anew (src/changes/news.ts). Last in the transaction, as appendChanges, whose lock it takes.
 */
export async function markUntold(tx: Tx): Promise<void> {
  await tx.query({ name: 'mark-untold', text: 'update change_clock set untold = untold + 1 where id = 1' })
}
