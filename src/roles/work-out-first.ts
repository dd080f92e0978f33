import { readClock } from '../changes/read.ts'
import type { Tx } from '../db/database.ts'
import { lockMappingsExclusively } from './mappings-lock.ts'

/** How often something is worked out while others go on, at most. */
const ROUNDS = 3

/**
 * Works something out without a lock, then locks the mappings exclusively, and returns the result if it still
 * holds. `isStillSo` is called with the position in the change log to look from: without a lock, as long as
 * there is less to look at each time, and once more under the lock. If it returns false, everything is worked
 * out again, and after three rounds under the lock. The transaction must have the turn.
 */
export async function workOutFirst<Worked>(
  tx: Tx,
  workOut: () => Promise<Worked>,
  isStillSo: (worked: Worked, since: number) => Promise<boolean>,
): Promise<Worked> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    await tx.query('savepoint before_work')
    const { head } = await readClock(tx)
    const worked = await workOut()
    const since = await lookUntilFew(tx, head, (after) => isStillSo(worked, after))
    if (since !== null) {
      await lockMappingsExclusively(tx)
      if (await isStillSo(worked, since)) return worked
    }
    await tx.query('rollback to savepoint before_work') // releases the lock too
  }
  await lockMappingsExclusively(tx)
  return workOut()
}

/**
 * Checks what has happened, then what has happened meanwhile; returns the position reached, or null if the result no
 * longer holds.
 */
async function lookUntilFew(
  tx: Tx,
  from: number,
  isStillSo: (since: number) => Promise<boolean>,
): Promise<number | null> {
  let since = from
  for (let last = Infinity; ;) {
    const { head } = await readClock(tx)
    const count = head - since
    if (count === 0 || count >= last) return since
    if (!(await isStillSo(since))) return null
    since = head
    last = count
  }
}
