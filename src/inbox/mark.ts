import type { Tx } from '../db/database.ts'
import type { Tally } from '../stats/tally.ts'

export interface Mark {
  readonly id: string
  readonly status: 'APPLIED' | 'STALE' | 'IGNORED' | 'FAILED'
  readonly error: string | null
}

interface Marked {
  /** PENDING: to be tried again, and not counted yet. */
  readonly status: Mark['status'] | 'PENDING'
  readonly directoryId: string | null
  readonly receivedAt: Date
  /** From received to applied; null where it was not applied. */
  readonly milliseconds: number | null
  /** Whether its receipt is in the roll-ups only with this: a replay is not received again. */
  readonly first: boolean | null
}

// An event counts in the hour in which it came in, whenever that is decided: then its counters tell of the same events.
// A statement's time is one for all its rows, and no other statement has it.
const COUNTED = 'counted_at = coalesce(e.counted_at, statement_timestamp())'
const MARKED = `
  e.status, e.directory_id as "directoryId", e.received_at as "receivedAt", e.counted_at = statement_timestamp() as first,
  extract(epoch from e.applied_at - e.received_at)::float8 * 1000 as milliseconds`

/** Writes what became of events, and counts it. In the transaction that applied them (law 4). */
export async function markEvents(tx: Tx, marks: readonly Mark[], tally: Tally): Promise<void> {
  if (marks.length === 0) return
  const text = `
    update inbox_event e
    set status = r.status, error = r.error, attempts = e.attempts + 1, next_attempt_at = null, ${COUNTED},
        applied_at = case when r.status in ('APPLIED', 'STALE') then clock_timestamp() end
    from json_to_recordset($1) as r (id text, status "EventStatus", error text)
    where e.id = r.id
    returning ${MARKED}`
  const { rows } = await tx.query<Marked>({ name: 'mark-events', text, values: [JSON.stringify(marks)] })
  for (const row of rows) countMarked(tally, row)
}

function countMarked(tally: Tally, { status, directoryId, receivedAt, milliseconds, first }: Marked): void {
  if (directoryId === null) return
  if (first) tally.count(directoryId, receivedAt, 'eventsReceived')
  if (status === 'FAILED') tally.count(directoryId, receivedAt, 'eventsFailed')
  if (status === 'STALE') tally.count(directoryId, receivedAt, 'eventsStale')
  if (status === 'APPLIED') tally.took(directoryId, receivedAt, milliseconds!)
}

/** Keeps events from being claimed for so long: somebody is completing them, or will. */
export async function leaseEvents(tx: Tx, events: readonly { readonly id: string }[], seconds: number): Promise<void> {
  if (events.length === 0) return
  const text = `update inbox_event set next_attempt_at = now() + $2 * interval '1 second' where id = any($1::text[])`
  await tx.query({ name: 'lease-events', text, values: [events.map(({ id }) => id), seconds] })
}

/** Attempts before an event is FAILED for good: with the pauses below, some four minutes. */
export const MAX_ATTEMPTS = 8
const LONGEST_PAUSE_S = 120

const IS_LAST = `e.attempts + 1 >= ${MAX_ATTEMPTS}`

/** Writes that an attempt failed: to be tried again after a pause that doubles, or FAILED after the last one, and counted. */
export async function markAttempt(tx: Tx, id: string, error: string, tally: Tally): Promise<void> {
  const text = `
    update inbox_event e
    set attempts = attempts + 1, error = $2,
        status = case when ${IS_LAST} then 'FAILED'::"EventStatus" else status end,
        counted_at = case when ${IS_LAST} then coalesce(e.counted_at, statement_timestamp()) else e.counted_at end,
        next_attempt_at = now() + least(power(2, attempts), ${LONGEST_PAUSE_S}) * interval '1 second'
    where id = $1 and status = 'PENDING'
    returning ${MARKED}`
  const { rows } = await tx.query<Marked>(text, [id, error])
  for (const row of rows) countMarked(tally, row)
}
