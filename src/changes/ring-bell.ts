import type { Queryable } from '../db/database.ts'
import { BELL } from './append.ts'

/** Wakes all followers of the log although nothing was appended to it: what they read from other tables has changed. */
export async function ringBell(db: Queryable): Promise<void> {
  await db.query(`select pg_notify('${BELL}', '')`)
}
