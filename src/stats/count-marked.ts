// How the outcome of an event enters the statistics: every statement that decides on `inbox_event e` sets COUNTED and
// returns MARKED.
import type { Tally } from './tally.ts'

/** An event whose outcome was decided, or that is to be tried again: what `returning ${MARKED}` returns. */
export interface Marked {
  /** PENDING: to be tried again, and not counted yet. */
  readonly status: 'APPLIED' | 'STALE' | 'IGNORED' | 'FAILED' | 'DISCARDED' | 'PENDING'
  readonly directoryId: string | null
  readonly receivedAt: Date
  /** From received to applied; null if it was not applied, or needed approval first. */
  readonly milliseconds: number | null
  /** Whether its receipt enters the roll-ups only now: a replay is not received again. */
  readonly first: boolean | null
}

// An event counts in the hour in which it came in, whenever its outcome is decided, so that an hour's counters are
// about the same events. A statement's time is the same for all its rows and for no other statement.
export const COUNTED = 'counted_at = coalesce(e.counted_at, statement_timestamp())'
export const MARKED = `
  e.status, e.directory_id as "directoryId", e.received_at as "receivedAt", e.counted_at = statement_timestamp() as first,
  case when e.held_at is null then extract(epoch from e.applied_at - e.received_at)::float8 * 1000 end as milliseconds`

/** Counts an event in the transaction that has marked it (law 4). */
export function countMarked(tally: Tally, { status, directoryId, receivedAt, milliseconds, first }: Marked): void {
  if (first) tally.count(directoryId, receivedAt, 'eventsReceived')
  // A replayed event that fails again is not another failed one.
  if (first && status === 'FAILED') tally.count(directoryId, receivedAt, 'eventsFailed')
  if (status === 'STALE') tally.count(directoryId, receivedAt, 'eventsStale')
  if (status === 'APPLIED' && milliseconds !== null && directoryId !== null)
    tally.took(directoryId, receivedAt, milliseconds)
}
