import type { Queryable } from '../db/database.ts'
import { CATCH_UP_BOUND_S, PENDING_BOUND_S } from '../stats/health.ts'
import { WAITING_SINCE } from '../stats/lag.ts'

export type EpisodeKind = 'CREDENTIALS_INVALID' | 'STALLED' | 'GUARD_TRIPPED'

/** A current problem. */
export interface Condition {
  readonly kind: EpisodeKind
  /** What has the problem: a directory (for GUARD_TRIPPED: its events), a run, or `system`. */
  readonly subject: string
  /** A one-line description for the owner. */
  readonly detail: string
}

const DIRECTORY = `d.name || ' of ' || coalesce(o.name, d.organization_id, 'no organization') || ' (' || d.id || ')'`
const OF_DIRECTORY = 'join directory d on d.id = w.directory_id left join organization o on o.id = d.organization_id'

// One statement for each problem reported to the owner: kind, subject and detail. While a directory is validating, its
// credentials keep their previous status.
const STATEMENTS = [
  `select 'CREDENTIALS_INVALID' as kind, d.id as subject, ${DIRECTORY} as detail
   from directory d left join organization o on o.id = d.organization_id
   where d.deleted_at is null
     and (d.state = 'INVALID_CREDENTIALS'
          or (d.state = 'VALIDATING' and exists (select from episode e where e.kind = 'CREDENTIALS_INVALID'
                                                 and e.subject = d.id and e.ended_at is null)))`,
  `select 'STALLED', 'system', 'All directories: the Events API was last read to its end at '
            || to_char(coalesce(completed_at, begun_at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
            || coalesce(' (' || error || ')', '')
   from catch_up where coalesce(completed_at, begun_at) < now() - interval '${CATCH_UP_BOUND_S} seconds'`,
  `select 'STALLED', d.id, ${DIRECTORY} || ': ' || w.count || ' events wait, the oldest since '
            || to_char(w.oldest at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
   from (select directory_id, count(*) as count, min(${WAITING_SINCE}) as oldest from inbox_event
         where status = 'PENDING' group by directory_id) w ${OF_DIRECTORY}
   where w.oldest < now() - interval '${PENDING_BOUND_S} seconds'`,
  `select 'GUARD_TRIPPED', w.id, ${DIRECTORY} || ': ' || w.held || ' removals of a sync run (' || w.id || ')'
   from sync_run w ${OF_DIRECTORY}
   where w.finished_at is null and w.state = 'AWAITING_APPROVAL'`,
  `select 'GUARD_TRIPPED', d.id, ${DIRECTORY} || ': ' || w.count || ' events, the oldest since '
            || to_char(w.oldest at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
   from (select directory_id, count(*) as count, min(held_at) as oldest from inbox_event
         where status = 'HELD' group by directory_id) w ${OF_DIRECTORY}`,
]

/** Reads every current problem that is reported to the owner. */
export async function readConditions(db: Queryable): Promise<Condition[]> {
  const { rows } = await db.query<Condition>({ name: 'read-conditions', text: STATEMENTS.join('\nunion all\n') })
  return rows
}
