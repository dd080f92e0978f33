import type { Database, Queryable } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import { isDown } from './circuit.ts'
import { lockEndpoint } from './lock-endpoint.ts'
import { makeFirstDue } from './make-first-due.ts'
import { PATIENCE_MS } from './schedule.ts'

const CHUNK = 1_000

/**
 * Declares messages dead that have waited for three days behind an endpoint that accepted none in all that time and is
 * down or asks to be left alone. A few messages were tried in their place: if each needed its own attempts, the backlog
 * would grow every day.
 */
export async function giveUp(db: Database, now: Date, stopped: () => boolean): Promise<void> {
  const before = new Date(now.getTime() - PATIENCE_MS)
  for (const id of await endpointsDownSince(db.pool, before, now))
    while (!stopped() && (await giveUpChunk(db, id, before, now)));
}

async function endpointsDownSince(db: Queryable, before: Date, now: Date): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'endpoints-given-up',
    text: DOWN_SINCE,
    values: [before, now],
  })
  return rows.map(({ id }) => id)
}

async function giveUpChunk(db: Database, id: string, before: Date, now: Date): Promise<boolean> {
  return inTransaction(db.pool, async (tx) => {
    await lockEndpoint(tx, id, 'EXCLUSIVE')
    const { rows } = await tx.query<{ key: string }>(GIVE_UP, [before, now, id])
    await makeFirstDue(tx, id, [...new Set(rows.map(({ key }) => key))], now)
    return rows.length === CHUNK
  })
}

// An endpoint that answers 429 or 503 for days may do so for only a person or two, and then never counts as down.
const IS_DOWN_SINCE = `
  e.enabled and e.failing_since <= $1 and (${isDown('e.failed_keys')} or e.blocked_until > $2)`

// Replayed messages start waiting again; the creation time is there for the index.
const HAS_WAITED = `d.status = 'PENDING' and d.created_at <= $1 and d.queued_at <= $1`

const DOWN_SINCE = `
  select e.id from webhook_endpoint e
  where ${IS_DOWN_SINCE} and exists (select from webhook_delivery d where d.endpoint_id = e.id and ${HAS_WAITED})`

const GIVE_UP = `
  update webhook_delivery d
  set status = 'DEAD', next_attempt_at = null, claim = null, leased_until = null,
      error = coalesce(d.error, 'Nothing was sent: the endpoint accepted nothing for three days')
  where d.id in (
    select d.id from webhook_endpoint e join webhook_delivery d on d.endpoint_id = e.id
    where e.id = $3 and ${IS_DOWN_SINCE} and ${HAS_WAITED}
      and (d.leased_until is null or d.leased_until <= clock_timestamp())
    order by d.created_at, d.id limit ${CHUNK}
    for no key update of d skip locked
  )
  returning d.ordering_key as key`
