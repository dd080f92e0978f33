import type { Queryable } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'

/** A moment in the log: the last change that had been recorded by then. */
export interface Moment {
  readonly position: number
  /** How far back the log reaches; null if nothing was purged. */
  readonly since: Date | null
}

/**
 * The position of a moment in the log; null if changes since then have been purged. Positions and recording times rise
 * together, so it is found by bisection: some thirty look-ups of the primary key, however long the log is.
 */
export async function positionAt(db: Queryable, moment: Date): Promise<Moment | null> {
  const found = await db.query<{ position: number | null; first: Date | null; purged: number }>({
    name: 'position-at',
    text: AT,
    values: [moment],
  })
  const { position, first, purged } = onlyRow(found)
  if (purged > 0 && (first === null || moment < first)) return null
  return { position: position ?? purged, since: purged === 0 ? null : first }
}

// Invariant of each turn: everything up to `low` was recorded by then, nothing from `high` on.
const AT = `
  with recursive clock as (select position as head, purged_through as purged from change_clock),
  turn as (
    select purged as low, head + 1 as high from clock
    union all
    select case when c.recorded_at <= $1 then t.middle else t.low end, case when c.recorded_at <= $1 then t.high else t.middle end
    from (select low, high, (low + high) / 2 as middle from turn where high - low > 1) t
    join change c on c.position = t.middle
  )
  select (select low from turn order by high - low limit 1) as position,
         (select recorded_at from change, clock where position = clock.purged + 1) as first, clock.purged
  from clock`
