import type { Appended } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { together } from '../db/together.ts'
import { COUNTED, countMarked, MARKED, type Marked } from '../stats/count-marked.ts'
import type { Tally } from '../stats/tally.ts'
import type { Taken } from '../sync/taken.ts'

export interface Mark {
  readonly id: string
  readonly status: 'APPLIED' | 'STALE' | 'IGNORED' | 'FAILED'
  readonly error: string | null
  /** What it took away, if the guard has to count it. */
  readonly taken?: Taken | undefined
}

/** Records and counts the outcomes of events, in the transaction that applied them (law 4). */
export async function markEvents(tx: Tx, marks: readonly Mark[], tally: Tally): Promise<void> {
  // One statement for all events with the same outcome, as nearly all have: it finds their rows by id and needs no
  // join.
  const alike = Map.groupBy(marks, ({ status, error, taken }) => JSON.stringify([status, error, taken]))
  await together(...alike.values().map((group) => markAlike(tx, group, tally)))
}

async function markAlike(tx: Tx, marks: readonly Mark[], tally: Tally): Promise<void> {
  const text = `
    update inbox_event e
    set status = $2::"EventStatus", error = $3::text, attempts = e.attempts + 1, next_attempt_at = null, ${COUNTED},
        applied_at = case when $2::"EventStatus" in ('APPLIED', 'STALE') then clock_timestamp() end,
        users_taken = coalesce($4::int, e.users_taken), edges_taken = coalesce($5::int, e.edges_taken)
    where e.id = any(array(select unnest($1::text[])))
    returning ${MARKED}`
  const { status, error, taken } = marks[0]!
  const values = [marks.map(({ id }) => id), status, error, taken?.users, taken?.edges]
  const { rows } = await tx.query<Marked>({ name: 'mark-events', text, values })
  for (const row of rows) countMarked(tally, row)
}

/** Adds what the cascade of groups deleted by events took away to what these events took. */
export async function markCascaded(tx: Tx, appended: Appended | null): Promise<void> {
  const hidden = appended?.drafts.filter(({ kind }) => kind === 'MEMBERSHIP_REMOVED') ?? []
  const byEvent = Map.groupBy(hidden, ({ eventId }) => eventId ?? '')
  if (byEvent.size === 0) return
  await tx.query({
    name: 'mark-cascaded',
    text: `
      update inbox_event e set edges_taken = e.edges_taken + r.edges
      from unnest($1::text[], $2::int[]) as r (id, edges)
      where e.id = r.id and e.type = 'dsync.group.deleted' and e.approved_at is null`,
    values: [[...byEvent.keys()], [...byEvent.values()].map((drafts) => drafts.length)],
  })
}

/** Keeps events from being claimed for this long: an instance is completing them, or will. */
export async function leaseEvents(tx: Tx, events: readonly { readonly id: string }[], seconds: number): Promise<void> {
  if (events.length === 0) return
  const text = `update inbox_event set next_attempt_at = now() + $2 * interval '1 second' where id = any($1::text[])`
  await tx.query({ name: 'lease-events', text, values: [events.map(({ id }) => id), seconds] })
}

/** Attempts before an event is FAILED for good: with the pauses below, some four minutes. */
export const MAX_ATTEMPTS = 8
const LONGEST_PAUSE_S = 120

// A person should look at what WorkOS cannot complete for a day, and PENDING events cannot be discarded.
const IS_LAST = `e.attempts + 1 >= ${MAX_ATTEMPTS} and ($3 or e.received_at < now() - interval '1 day')`

interface Failure {
  readonly error: string
  /** Whether any other event would have failed too: then no attempt on the first day is the last. */
  readonly isOfAll: boolean
  /** How long to wait at least, in milliseconds. */
  readonly restMs: number
}

/**
 * Records a failed attempt: the event is tried again after a pause that doubles or, after the last attempt, is FAILED
 * and counted. Returns the status; null if the event was settled meanwhile.
 */
export async function markAttempt(
  tx: Tx,
  id: string,
  { error, isOfAll, restMs }: Failure,
  tally: Tally,
): Promise<Marked['status'] | null> {
  const text = `
    update inbox_event e
    set attempts = attempts + 1, error = $2,
        status = case when ${IS_LAST} then 'FAILED'::"EventStatus" else status end,
        counted_at = case when ${IS_LAST} then coalesce(e.counted_at, statement_timestamp()) else e.counted_at end,
        next_attempt_at = now() + greatest(least(power(2, least(attempts, 20)), ${LONGEST_PAUSE_S}), $4::float8) * interval '1 second'
    where id = $1 and status = 'PENDING'
    returning ${MARKED}`
  const { rows } = await tx.query<Marked>(text, [id, error, !isOfAll, restMs / 1_000])
  for (const row of rows) countMarked(tally, row)
  return rows[0]?.status ?? null
}
