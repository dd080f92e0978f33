import type { Database, Queryable } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import { DOWN_AFTER } from './circuit.ts'
import { lockEndpoint } from './lock-endpoint.ts'
import { makeFirstDue } from './make-first-due.ts'
import { PATIENCE_MS } from './schedule.ts'

const CHUNK = 1_000

/**
 * Declares messages dead that have waited for three days behind an endpoint that was down for all of them. One message after
 * the other was tried in their place: if each had to have its own attempts, they would be more every day.
 */
export async function giveUp(db: Database, now: Date, stopped: () => boolean): Promise<void> {
  const before = new Date(now.getTime() - PATIENCE_MS)
  for (const id of await endpointsDownSince(db.pool, before))
    while (!stopped() && (await giveUpChunk(db, id, before, now)));
}

async function endpointsDownSince(db: Queryable, before: Date): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({ name: 'endpoints-given-up', text: DOWN_SINCE, values: [before] })
  return rows.map(({ id }) => id)
}

async function giveUpChunk(db: Database, id: string, before: Date, now: Date): Promise<boolean> {
  return inTransaction(db.pool, async (tx) => {
    await lockEndpoint(tx, id, 'ALONE')
    const { rows } = await tx.query<{ key: string }>(GIVE_UP, [id, before])
    await makeFirstDue(tx, id, [...new Set(rows.map(({ key }) => key))], now)
    return rows.length === CHUNK
  })
}

const isDownSince = (before: string) =>
  `e.enabled and cardinality(e.failed_keys) >= ${DOWN_AFTER} and e.failing_since <= ${before}`

// What was replayed waits anew; the index knows when it was made.
const waitedSince = (before: string) =>
  `d.status = 'PENDING' and d.created_at <= ${before} and d.queued_at <= ${before}`

const DOWN_SINCE = `
  select e.id from webhook_endpoint e
  where ${isDownSince('$1')}
    and exists (select from webhook_delivery d where d.endpoint_id = e.id and ${waitedSince('$1')})`

const GIVE_UP = `
  update webhook_delivery d
  set status = 'DEAD', next_attempt_at = null, claim = null, leased_until = null,
      error = coalesce(d.error, 'Nothing was sent: the endpoint answered nothing well for three days')
  where d.id in (
    select d.id from webhook_endpoint e join webhook_delivery d on d.endpoint_id = e.id
    where e.id = $1 and ${isDownSince('$2')} and ${waitedSince('$2')}
      and (d.leased_until is null or d.leased_until <= clock_timestamp())
    order by d.created_at, d.id limit ${CHUNK}
    for no key update of d skip locked
  )
  returning d.ordering_key as key`
