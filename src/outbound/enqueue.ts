import type { Tx } from '../db/database.ts'
import { joinOrders, type Ordered } from './join-orders.ts'
import type { Message } from './message-body.ts'

export interface NewDelivery extends Ordered, Message {
  readonly id: string
  /** Of the change that it reports; null if it reports none. */
  readonly position: number | null
}

/** A message that reports no change and waits for nothing: it has an ordering key of its own. */
export const byItself = (id: string, { type, body }: Message): NewDelivery => ({
  id,
  type,
  body,
  position: null,
  orderingKey: id,
  userId: null,
  accountId: null,
})

/**
 * Adds messages to an endpoint that is locked EXCLUSIVE. The first of each ordering key that has none waiting becomes
 * due.
 */
export async function enqueue(
  tx: Tx,
  endpointId: string,
  deliveries: readonly NewDelivery[],
  now: Date,
): Promise<void> {
  if (deliveries.length === 0) return
  const keyOf = await joinOrders(tx, endpointId, deliveries)
  const rows = deliveries.map((delivery) => ({
    id: delivery.id,
    position: delivery.position,
    type: delivery.type,
    ordering_key: keyOf(delivery.orderingKey),
    user_id: delivery.userId,
    account_id: delivery.accountId,
    body: delivery.body,
  }))
  await tx.query({ name: 'enqueue-deliveries', text: ENQUEUE, values: [endpointId, JSON.stringify(rows), now] })
}

const ENQUEUE = `
  insert into webhook_delivery (id, endpoint_id, position, type, ordering_key, user_id, account_id, body, created_at, queued_at, next_attempt_at)
  select r.id, $1, r.position, r.type, r.ordering_key, r.user_id, r.account_id, r.body, $3, $3,
         case when row_number() over (partition by r.ordering_key order by r.position) = 1
               and not exists (
                 select from webhook_delivery d
                 where d.endpoint_id = $1 and d.ordering_key = r.ordering_key and d.status = 'PENDING'
               )
              then $3::timestamptz end
  from json_to_recordset($2) as r (id text, position bigint, type text, ordering_key text, user_id text, account_id text, body text)`
