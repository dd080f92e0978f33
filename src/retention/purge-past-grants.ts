import type pg from 'pg'

const CHUNK = 1_000

/** Purges reasons for roles that ended before a moment, at most 1,000. Returns whether there may be more. */
export async function purgePastGrants(pool: pg.Pool, before: Date): Promise<boolean> {
  const { rowCount } = await pool.query(
    `delete from role_grant_past
     where ctid = any(array(select ctid from role_grant_past where until < $1 order by until limit ${CHUNK}))`,
    [before],
  )
  return rowCount === CHUNK
}
