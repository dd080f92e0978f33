import type { Queryable } from '../db/database.ts'

const CHUNK = 1_000

// Each with what was done with it, and when. Mail that waits is never among it, nor is an invitation that still leads
// on.
const DONE = [
  ['setup_invitation', 'least(revoked_at, expires_at) < $1'],
  ['mail', 'finished_at < $1'],
  ['episode', 'ended_at < $1'],
] as const

/**
 * Forgets mail that was sent, invitations that ended and episodes that were over before a moment, at most 1,000 of
 * each. Gives whether there may be more.
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
