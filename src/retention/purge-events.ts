import type { Queryable } from '../db/database.ts'

const CHUNK = 1_000

/**
 * Forgets events that came in before a moment and are done with, at most 1,000. What waits or is held stays. One that
 * comes once more is then known by the age of its facts. Gives whether there may be more.
 */
export async function purgeEvents(db: Queryable, before: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `delete from inbox_event where id in (
       select id from inbox_event where received_at < $1 and status not in ('PENDING', 'HELD')
       order by received_at limit ${CHUNK}
     )`,
    [before],
  )
  return rowCount === CHUNK
}
