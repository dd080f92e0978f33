import type { Queryable } from '../db/database.ts'
import { rowCountOf } from '../db/row-count.ts'

const CHUNK = 1_000

/** Removes deleted endpoints, after their messages, a chunk at a time. */
export async function forgetDeleted(db: Queryable, stopped: () => boolean): Promise<void> {
  const { rows } = await db.query<{ id: string }>('select id from webhook_endpoint where deleted_at is not null')
  for (const { id } of rows) {
    while (!stopped() && (await forgetChunk(db, id)) === CHUNK);
    if (stopped()) return
    const text = `delete from webhook_endpoint where id = $1
                  and not exists (select from webhook_delivery where endpoint_id = $1)`
    await db.query(text, [id])
  }
}

async function forgetChunk(db: Queryable, id: string): Promise<number> {
  const forgotten = await db.query(
    `delete from webhook_delivery where id in (
       select id from webhook_delivery where endpoint_id = $1 order by created_at, id limit ${CHUNK}
     )`,
    [id],
  )
  return rowCountOf(forgotten)
}
