import type { Queryable, Tx } from '../db/database.ts'

export interface Mark {
  readonly id: string
  readonly status: 'APPLIED' | 'STALE' | 'IGNORED' | 'FAILED'
  readonly error: string | null
}

/** Writes what became of events. In the transaction that applied them (law 4). */
export async function markEvents(tx: Tx, marks: readonly Mark[]): Promise<void> {
  if (marks.length === 0) return
  const text = `
    update inbox_event e
    set status = r.status, error = r.error, attempts = e.attempts + 1, next_attempt_at = null,
        applied_at = case when r.status in ('APPLIED', 'STALE') then clock_timestamp() end
    from json_to_recordset($1) as r (id text, status "EventStatus", error text)
    where e.id = r.id`
  await tx.query({ name: 'mark-events', text, values: [JSON.stringify(marks)] })
}

/** Attempts before an event is FAILED for good: with the pauses below, some four minutes. */
export const MAX_ATTEMPTS = 8
const LONGEST_PAUSE_S = 120

/** Writes that an attempt failed: to be tried again after a pause that doubles, or FAILED after the last one. */
export async function markAttempt(db: Queryable, id: string, error: string): Promise<void> {
  const text = `
    update inbox_event
    set attempts = attempts + 1, error = $2,
        status = case when attempts + 1 >= ${MAX_ATTEMPTS} then 'FAILED'::"EventStatus" else status end,
        next_attempt_at = now() + least(power(2, attempts), ${LONGEST_PAUSE_S}) * interval '1 second'
    where id = $1 and status = 'PENDING'`
  await db.query(text, [id, error])
}
