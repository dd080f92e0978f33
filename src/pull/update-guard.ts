import type { Queryable } from '../db/database.ts'
import type { GuardUpdate } from '../directory/sync-runs.ts'

/** Gives a directory thresholds of its own for the guard, from the next judgement on. */
export async function updateGuard(
  db: Queryable,
  directoryId: string,
  { minimum, percent }: GuardUpdate,
): Promise<void> {
  await db.query(
    `update directory
     set guard_minimum = case when $2 then $3::int else guard_minimum end,
         guard_percent = case when $4 then $5::int else guard_percent end
     where id = $1`,
    [directoryId, minimum !== undefined, minimum ?? null, percent !== undefined, percent ?? null],
  )
}
