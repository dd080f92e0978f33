import type { Queryable } from '../db/database.ts'

const CHUNK = 1_000

// Each table with the condition under which a row is done. Never includes waiting mail or an invitation that is still
// valid.
const DONE = [
  ['setup_invitation', 'least(revoked_at, expires_at) < $1'],
  ['mail', 'finished_at < $1'],
  ['episode', 'ended_at < $1'],
] as const

/**
 * Purges sent mail, ended invitations and ended episodes from before a moment, at most 1,000 of each. Returns whether
 * there may be more.
 */
export async function purgeMail(db: Queryable, before: Date): Promise<boolean> {
  let more = false
  for (const [table, isDone] of DONE) {
    const { rowCount } = await db.query(
      `delete from ${table} where id in (select id from ${table} where ${isDone} limit ${CHUNK})`,
      [before],
    )
    more ||= rowCount === CHUNK
  }
  return more
}
