import type pg from 'pg'
import { inTransaction } from '../db/transaction.ts'
import { lockEndpoint } from '../outbound/lock-endpoint.ts'

const CHUNK = 1_000

/**
 * Purges finished messages to webhook endpoints that were created before a moment, at most 1,000; then those waiting
 * for a disabled endpoint, which is told of the gap when it is enabled again. Returns whether there may be more.
 */
export async function purgeDeliveries(pool: pg.Pool, before: Date): Promise<boolean> {
  const { rowCount } = await pool.query(
    // The status is checked again: it may have been put back meanwhile.
    `delete from webhook_delivery where status <> 'PENDING' and id in (
       select id from webhook_delivery where status <> 'PENDING' and created_at < $1 order by created_at limit ${CHUNK}
     )`,
    [before],
  )
  return rowCount === CHUNK || purgeWaiting(pool, before)
}

/** Except what is being sent: it is finished a moment later. */
const HAS_WAITED = (before: string) =>
  `status = 'PENDING' and created_at < ${before} and (leased_until is null or leased_until <= clock_timestamp())`

async function purgeWaiting(pool: pg.Pool, before: Date): Promise<boolean> {
  const { rows } = await pool.query<{ id: string }>(
    `select e.id from webhook_endpoint e
     where not e.enabled and exists (
       select from webhook_delivery where endpoint_id = e.id and ${HAS_WAITED('$1')}
     ) limit 1`,
    [before],
  )
  const [endpoint] = rows
  if (endpoint === undefined) return false
  await inTransaction(pool, async (tx) => {
    await lockEndpoint(tx, endpoint.id, 'EXCLUSIVE')
    const disabled = await tx.query('update webhook_endpoint set gap = true where id = $1 and not enabled', [
      endpoint.id,
    ])
    if (disabled.rowCount === 0) return // enabled meanwhile
    await tx.query(
      `delete from webhook_delivery where id in (
         select id from webhook_delivery where endpoint_id = $1 and ${HAS_WAITED('$2')}
         order by created_at limit ${CHUNK}
       )`,
      [endpoint.id, before],
    )
  })
  return true
}
