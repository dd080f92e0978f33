import type { Tx } from '../db/database.ts'

/**
 * Makes all messages of an endpoint that wait for another attempt due now, because the endpoint has recovered since
 * they failed. Their order is unaffected.
 */
export async function putForward(tx: Tx, endpointId: string, now: Date): Promise<void> {
  // Messages being claimed right now are skipped: they are due already.
  await tx.query(
    `update webhook_delivery set next_attempt_at = $2 where id in (
       select id from webhook_delivery where endpoint_id = $1 and status = 'PENDING' and next_attempt_at > $2
       for no key update skip locked
     )`,
    [endpointId, now],
  )
}
