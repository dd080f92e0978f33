import { lockKey } from '../db/advisory-lock.ts'
import type { Database, Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Failure, AttemptOutcome } from './attempt.ts'
import { isDown, PROBE_PAUSE } from './circuit.ts'
import type { ClaimedDelivery } from './claim.ts'
import { disableGone } from './disable-gone.ts'
import { lockEndpoint } from './lock-endpoint.ts'
import { nextAttempt } from './schedule.ts'
import { putForward } from './put-forward.ts'

/** What an attempt did to its message. LOST: another instance has claimed it meanwhile and owns it. */
export type Settled = 'DELIVERED' | 'RETRIED' | 'DEAD' | 'LET_GO' | 'LOST'

/**
 * Records the outcome of an attempt, in one transaction: the message, the next one of its ordering key, which becomes
 * due if this one is done, and the health of the endpoint.
 */
export async function settleAttempt(
  db: Database,
  delivery: ClaimedDelivery,
  outcome: AttemptOutcome,
  now: Date,
  random: number,
): Promise<Settled> {
  return inTransaction(db.pool, async (tx) => {
    await lockEndpoint(tx, delivery.endpointId, 'SHARED')
    switch (outcome.kind) {
      case 'delivered': {
        const values = [delivery.id, delivery.claim, now, outcome.status]
        const key = await write(tx, { name: 'settle-delivered', text: DELIVERED, values })
        if (key === null) return 'LOST'
        await promote(tx, delivery, key, now)
        await recordSuccess(tx, delivery.endpointId, now)
        return 'DELIVERED'
      }
      case 'failed':
        return fail(tx, delivery, outcome, now, random)
      case 'let go': {
        const key = await write(tx, { name: 'let-go', text: LET_GO, values: [delivery.id, delivery.claim] })
        if (key === null) return 'LOST'
        await giveWay(tx, delivery, key, now)
        return 'LET_GO'
      }
    }
  })
}

async function fail(tx: Tx, delivery: ClaimedDelivery, failure: Failure, now: Date, random: number): Promise<Settled> {
  const { id, claim, endpointId, url } = delivery
  const { status, error, retryAfterMs } = failure
  // Re-read: its endpoint may have been reset since it was claimed.
  const { rows } = await tx.query<Tried>({ name: 'tried-delivery', text: TRIED, values: [id, claim] })
  if (rows[0] === undefined) return 'LOST'
  const attempts = rows[0].attempts + 1
  const firstAttemptAt = rows[0].firstAttemptAt ?? now
  const next = nextAttempt({ attempts, firstAttemptAt, retryAfterMs }, now, random)
  const values = [id, claim, firstAttemptAt, next, status, error]
  const key = await write(tx, { name: 'settle-failed', text: FAILED, values })
  if (key === null) return 'LOST'
  await giveWay(tx, delivery, key, now)
  // A 429 or 503 concerns all messages, not just this one.
  const all = status === 429 || status === 503 ? retryAfterMs : null
  const health = [endpointId, now, key, error, all, url]
  const { rowCount } = await tx.query({ name: 'record-failure', text: RECORD_FAILURE, values: health })
  if (status === 410 && rowCount === 1) await disableGone(tx, endpointId, now)
  return next === null ? 'DEAD' : 'RETRIED'
}

/**
 * Returns its current ordering key, which may have been joined with others since it was claimed. Null if it is not
 * ours.
 */
async function write(tx: Tx, query: { name: string; text: string; values: unknown[] }): Promise<string | null> {
  const { rows } = await tx.query<{ key: string }>(query)
  return rows[0]?.key ?? null
}

/** Makes the first message that waits under an ordering key due. Returns whether it was not. */
async function promote(tx: Tx, { endpointId }: ClaimedDelivery, key: string, now: Date): Promise<boolean> {
  const values = [endpointId, key, now]
  return (await tx.query({ name: 'promote-delivery', text: PROMOTE, values })).rowCount === 1
}

/** The same for a message that may be sent again: if an earlier one was put back meanwhile, that goes first. */
async function giveWay(tx: Tx, delivery: ClaimedDelivery, key: string, now: Date): Promise<void> {
  if (await promote(tx, delivery, key, now)) await tx.query(GIVE_WAY, [delivery.id])
}

async function recordSuccess(tx: Tx, endpointId: string, now: Date): Promise<void> {
  const { rows } = await tx.query<{ wasDown: boolean }>({
    name: 'record-success',
    text: RECORD_SUCCESS,
    values: [endpointId, now],
  })
  // The endpoint is back: no need to wait for hours.
  if (rows[0]?.wasDown === true) await putForward(tx, endpointId, now)
}

const MINE = `id = $1 and claim = $2 and status = 'PENDING'`

// Joined orders may have several messages being sent. Settling one waits here for settling another, and then finds it
// settled: otherwise each would leave it to the other to make the next one due.
const KEY = `
  ordering_key as key, pg_advisory_xact_lock(${lockKey(`endpoint_id || ' ' || ordering_key`)})`

interface Tried {
  readonly attempts: number
  readonly firstAttemptAt: Date | null
}

const TRIED = `
  select attempts, first_attempt_at as "firstAttemptAt" from webhook_delivery where ${MINE} for no key update`

const DELIVERED = `
  update webhook_delivery
  set status = 'DELIVERED', attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $3), delivered_at = $3,
      next_attempt_at = null, claim = null, leased_until = null, response_status = $4, error = null
  where ${MINE} returning ${KEY}`

const FAILED = `
  update webhook_delivery
  set status = case when $4::timestamptz is null then 'DEAD' else 'PENDING' end::"WebhookDeliveryStatus",
      attempts = attempts + 1, first_attempt_at = $3, next_attempt_at = $4, claim = null, leased_until = null,
      response_status = $5, error = $6
  where ${MINE} returning ${KEY}`

const LET_GO = `update webhook_delivery set claim = null, leased_until = null where ${MINE} returning ${KEY}`

const PROMOTE = `
  update webhook_delivery set next_attempt_at = $3
  where next_attempt_at is null and id = (
    select id from webhook_delivery where endpoint_id = $1 and ordering_key = $2 and status = 'PENDING'
    order by position limit 1
  )`

const GIVE_WAY = `update webhook_delivery set next_attempt_at = null where id = $1 and status = 'PENDING'`

// Responses from its former address say nothing about it.
const RECORD_FAILURE = `
  update webhook_endpoint e
  set failures = e.failures + 1, failing_since = coalesce(e.failing_since, $2), last_failed_at = $2, last_error = $4,
      failed_keys = known.keys,
      blocked_until = greatest(
        e.blocked_until,
        $2::timestamptz + $5::float8 * interval '1 millisecond',
        case when ${isDown('known.keys')} then $2::timestamptz + ${PROBE_PAUSE} end
      )
  from (
    select case when $3 = any(failed_keys) or ${isDown('failed_keys')} then failed_keys
                else failed_keys || $3::text end as keys
    from webhook_endpoint where id = $1 for no key update
  ) known
  where e.id = $1 and e.url = $6`

// To the second, since many may succeed at once and each would wait for the others' commit.
const RECORD_SUCCESS = `
  with before as (
    select id, ${isDown('failed_keys')} as down from webhook_endpoint
    where id = $1 and (failures > 0 or last_delivered_at is null or last_delivered_at not between $2::timestamptz - interval '1 second' and $2)
    for no key update
  )
  update webhook_endpoint e
  set failures = 0, failing_since = null, failed_keys = '{}', last_delivered_at = $2,
      blocked_until = case when before.down then null else e.blocked_until end
  from before where e.id = before.id
  returning before.down as "wasDown"`
