import { readClock } from '../changes/read.ts'
import type { Tx } from '../db/database.ts'
import { lockMappings } from './mappings-lock.ts'

/** How often something is worked out while others go on, at the most. */
const ROUNDS = 3

/**
 * Works something out while everybody goes on, then has the mappings to itself, and gives what it is if it is so still. `isStillSo`
 * is asked while everybody waits, with the place in the change log after which it has to look; where it cannot tell, all is worked
 * out once more, and after three times while everybody waits. It must be the transaction's turn.
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
    await lockMappings(tx)
    if (await isStillSo(worked, head)) return worked
    await tx.query('rollback to savepoint before_work') // gives up the lock too
  }
  await lockMappings(tx)
  return workOut()
}
