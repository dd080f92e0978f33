import { readClock } from '../changes/read.ts'
import type { Tx } from '../db/database.ts'
import { lockMappings } from './mappings-lock.ts'

/** How often something is worked out while others go on, at the most. */
const ROUNDS = 3

/**
 * Works something out while everybody goes on, then has the mappings to itself, and gives what it is if it is so still.
 * `isStillSo` is asked with the place in the change log after which it has to look: while everybody goes on, as long as
 * there is less to look at each time, and once more while everybody waits. Where it cannot tell, all is worked out once
 * more, and after three times while everybody waits. It must be the transaction's turn.
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
      await lockMappings(tx)
      if (await isStillSo(worked, since)) return worked
    }
    await tx.query('rollback to savepoint before_work') // gives up the lock too
  }
  await lockMappings(tx)
  return workOut()
}

/**
 * Looks at what has happened, and at what has happened meanwhile; gives the place that it got to, or null where it is
 * not so.
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
