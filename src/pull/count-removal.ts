import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import type { Going } from '../guard/judge-run.ts'
import { countUnseen } from '../sync/unseen.ts'
import { causeOf, type SyncRun } from './run-context.ts'

/** Counts what a run takes away at its end, for the guard: whom it did not see, and whom it saw leave. */
export async function countRemoval(tx: Tx, run: SyncRun): Promise<Going> {
  const unseen = await countUnseen(tx, causeOf(run))
  // Users deactivated by an event meanwhile are not counted twice.
  const deferred = await tx.query<{ count: number }>(
    `select count(*) from sync_run_deferral d join directory_user u on u.id = d.user_id and u.state = 'ACTIVE'
     where d.run_id = $1`,
    [run.id],
  )
  return { users: unseen.activeUsers + onlyRow(deferred).count, memberships: unseen.memberships }
}
