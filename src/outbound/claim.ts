import type { Queryable } from '../db/database.ts'
import { isDown, PROBE_PAUSE } from './circuit.ts'
import type { StoredSecret } from './secrets.ts'

/** A message that only this instance may send until the lease ends. */
export interface ClaimedDelivery {
  readonly id: string
  /** Distinguishes this claim from others of the same message. */
  readonly claim: string
  readonly endpointId: string
  readonly url: string
  readonly secrets: readonly StoredSecret[]
  readonly body: string
  /** Previous attempts. */
  readonly attempts: number
}

interface ClaimRequest {
  readonly claim: string
  /** Messages to claim, at most. */
  readonly limit: number
  /** Messages that this instance is sending, by endpoint. */
  readonly busy: ReadonlyMap<string, number>
  readonly mostPerEndpoint: number
  /** Endpoints after this id come first, so that each gets its turn. */
  readonly after: string
  readonly leaseMs: number
  readonly now: Date
}

/**
 * Claims due messages: of each ordering key the first that is not settled, of an endpoint that is down one at a time.
 * Instances that claim at once get different ones. A claim that is not settled ends with its lease, by the database's
 * clock, which all instances share.
 */
export async function claimDeliveries(db: Queryable, request: ClaimRequest): Promise<ClaimedDelivery[]> {
  const { claim, limit, busy, mostPerEndpoint, after, leaseMs, now } = request
  const { rows } = await db.query<ClaimedDelivery>({
    name: 'claim-deliveries',
    text: CLAIM,
    values: [now, limit, [...busy.keys()], [...busy.values()], mostPerEndpoint, after, claim, leaseMs],
  })
  return rows
}

const IS_DUE = `
  d.endpoint_id = e.id and d.status = 'PENDING' and d.next_attempt_at <= $1
  and (d.leased_until is null or d.leased_until <= clock_timestamp())`

// An endpoint that is down is locked before it is tried, so that no other instance tries it meanwhile. Messages that
// others have locked are left for the next round, since the others may be waiting for messages locked here.
const CLAIM = `
  with endpoint as materialized (
    select e.id, e.url, e.secrets, ${isDown('e.failed_keys')} as down,
           case when ${isDown('e.failed_keys')} then 1 else $5::int end - coalesce(busy.count, 0) as room
    from webhook_endpoint e
    left join unnest($3::text[], $4::int[]) as busy (id, count) on busy.id = e.id
    where e.enabled and (e.blocked_until is null or e.blocked_until <= $1)
      and coalesce(busy.count, 0) < case when ${isDown('e.failed_keys')} then 1 else $5::int end
      and exists (select from webhook_delivery d where ${IS_DUE})
    order by e.id <= $6, e.id
    limit $2
  ), probed as materialized (
    select e.id from webhook_endpoint e
    where e.id in (select id from endpoint where down) and (e.blocked_until is null or e.blocked_until <= $1)
    for no key update skip locked
  ), chosen as materialized (
    select e.id as endpoint_id, e.url, e.secrets, e.down, d.id
    from (select * from endpoint where not down or id in (select id from probed)) e
    cross join lateral (
      select d.id from webhook_delivery d where ${IS_DUE} order by d.next_attempt_at, d.id limit e.room
      for no key update skip locked
    ) d
    limit $2
  ), probing as (
    update webhook_endpoint e set blocked_until = $1::timestamptz + ${PROBE_PAUSE}
    where e.id in (select endpoint_id from chosen where down)
  )
  update webhook_delivery d
  set claim = $7, leased_until = clock_timestamp() + $8 * interval '1 millisecond'
  from chosen c
  where d.id = c.id
  returning d.id, d.claim, d.endpoint_id as "endpointId", c.url, c.secrets, d.body, d.attempts`
