import type { ByHand } from '../changes/by-hand.ts'
import type { Database, Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { DeliveryChoice, TakenDeliveries } from '../operations/webhook-operations.ts'
import { tellAdministration } from './administration.ts'
import { joinOrders, type Ordered } from './join-orders.ts'
import { lockEndpoint } from './lock-endpoint.ts'
import { makeFirstDue } from './make-first-due.ts'

/** Messages per replay, at most. */
const MAX_DELIVERIES = 10_000

/**
 * Puts messages back in the queue with all their attempts ahead, each in its place in the order of its person, group or
 * directory. The same transaction records it in the change log.
 */
export async function replayDeliveries(db: Database, choice: DeliveryChoice, why: ByHand): Promise<TakenDeliveries> {
  const at = why.occurredAt
  return inTransaction(db.pool, async (tx) => {
    await lockEndpoint(tx, choice.endpointId, 'EXCLUSIVE')
    const { rows } = await tx.query<{ id: string; organizationId: string | null }>(
      'select id, organization_id as "organizationId" from webhook_endpoint where id = $1 and deleted_at is null',
      [choice.endpointId],
    )
    const [endpoint] = rows
    if (endpoint === undefined) return { ids: [], hasMore: false }
    const chosen = await choose(tx, choice, MAX_DELIVERIES + 1)
    const taken = chosen.slice(0, MAX_DELIVERIES)
    const ids = taken.map(({ id }) => id)
    if (ids.length > 0) {
      const keyOf = await joinOrders(tx, endpoint.id, taken)
      const keys = taken.map(({ orderingKey }) => keyOf(orderingKey))
      await tx.query(PUT_BACK, [ids, at, keys])
      await makeFirstDue(tx, endpoint.id, [...new Set(keys)], at)
      await tellAdministration(tx, why, { kind: 'WEBHOOK_ENDPOINT_REPLAYED', endpoint, count: ids.length })
    }
    return { ids, hasMore: chosen.length > MAX_DELIVERIES }
  })
}

interface Chosen extends Ordered {
  readonly id: string
}

async function choose(tx: Tx, choice: DeliveryChoice, limit: number): Promise<Chosen[]> {
  const { endpointId, ids, statuses, createdAfter, createdBefore } = choice
  const values: unknown[] = [endpointId, statuses]
  const conditions = ['endpoint_id = $1', 'status = any($2::"WebhookDeliveryStatus"[])']
  if (ids !== undefined) conditions.push(`id = any($${values.push(ids)}::text[])`)
  if (createdAfter !== undefined) conditions.push(`created_at > $${values.push(createdAfter)}`)
  if (createdBefore !== undefined) conditions.push(`created_at < $${values.push(createdBefore)}`)
  const { rows } = await tx.query<Chosen>(
    `select id, ordering_key as "orderingKey", user_id as "userId", account_id as "accountId" from webhook_delivery
     where ${conditions.join(' and ')} order by created_at, id limit $${values.push(limit)} for no key update`,
    values,
  )
  return rows
}

const PUT_BACK = `
  update webhook_delivery d
  set status = 'PENDING', ordering_key = t.key, attempts = 0, first_attempt_at = null, next_attempt_at = null, queued_at = $2, delivered_at = null,
      claim = null, leased_until = null
  from unnest($1::text[], $3::text[]) as t (id, key)
  where d.id = t.id`
