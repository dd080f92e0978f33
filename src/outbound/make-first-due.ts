import type { Tx } from '../db/database.ts'

/**
 * Makes the first waiting message of each ordering key the due one, for these keys or, if null, for all. Not if a later
 * one is being sent: once that is settled, it is the first one's turn.
 */
export async function makeFirstDue(
  tx: Tx,
  endpointId: string,
  keys: readonly string[] | null,
  now: Date,
): Promise<void> {
  // Due messages may be being claimed right now: wait for that, and keep others from claiming until the commit.
  await tx.query(`select from webhook_delivery where ${WAITING} and next_attempt_at is not null for no key update`, [
    endpointId,
    keys,
  ])
  await tx.query(FIRST_DUE, [endpointId, keys, now])
}

const WAITING = `endpoint_id = $1 and status = 'PENDING' and ($2::text[] is null or ordering_key = any($2))`

const FIRST_DUE = `
  with waiting as (
    select id, row_number() over (partition by ordering_key order by position) = 1 as first,
           bool_or(coalesce(leased_until > clock_timestamp(), false)) over (partition by ordering_key) as sending
    from webhook_delivery where ${WAITING}
  )
  update webhook_delivery d
  set next_attempt_at = case when w.first then $3::timestamptz end
  from waiting w
  where d.id = w.id and not w.sending and w.first <> (d.next_attempt_at is not null)`
