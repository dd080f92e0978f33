import type { Queryable } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'

/** What a directory has recently lost, by events and by sync runs, without approval. */
export interface Gone {
  readonly users: number
  /** Memberships of active users. */
  readonly memberships: number
}

/**
 * Counts what was removed in a directory after `since` and has not come back: the guard adds this to what is about
 * to go, by event or by run. A run that has started removing counts with its planned total until it ends. The directory
 * must be locked.
 */
export async function countGone(db: Queryable, directoryId: string, since: Date): Promise<Gone> {
  return onlyRow(await db.query<Gone>({ name: 'guard-gone', text: GONE, values: [directoryId, since] }))
}

/**
 * The guard's rule for the directory `d`, as columns: `minimum`, `percent`, and since when removals count. $2 to $4 are
 * the minimum and the percentage, unless the directory has its own, and the window in milliseconds.
 */
export const RULE = `
  coalesce(d.guard_minimum, $2::int) as minimum, coalesce(d.guard_percent, $3::int) as percent,
  greatest(now() - $4::int * interval '1 millisecond', d.guard_since) as since`

// What a run has removed is in the change log, under the time of its snapshot.
const GONE = `
  with told as materialized (
    select e.type, e.user_id, e.group_id, e.users_taken, e.edges_taken from inbox_event e
    where e.directory_id = $1 and (e.users_taken > 0 or e.edges_taken > 0) and e.applied_at > $2
  ), run as materialized (
    select r.* from sync_run r
    where r.directory_id = $1 and (r.users_taken > 0 or r.edges_taken > 0) and (r.finished_at is null or r.finished_at > $2)
  ), compared as materialized (
    select r.id as run_id, c.kind, c.group_id, c.user_id,
           c.kind = 'DIRECTORY_USER_DEACTIVATED' or c.detail ->> 'was' = 'ACTIVE' as offboarded
    from run r join change c on c.directory_id = r.directory_id and c.position > r.taken_after
    where r.finished_at is not null and c.source = 'SYNC_RUN' and c.occurred_at = r.snapshot_at and c.recorded_at > $2
      and c.kind in ('DIRECTORY_USER_DEACTIVATED', 'DIRECTORY_USER_DELETED', 'MEMBERSHIP_REMOVED')
  ), leaver as materialized (
    select user_id from told where users_taken > 0
    union
    select user_id from compared where offboarded
  ), ended as (
    select t.group_id, t.user_id from told t
    where t.edges_taken > 0 and t.type = 'dsync.group.user_removed'
    union
    select c.group_id, c.user_id from compared c
    where c.kind = 'MEMBERSHIP_REMOVED'
      and not exists (
        select from compared u where u.run_id = c.run_id and u.user_id = c.user_id and u.kind <> 'MEMBERSHIP_REMOVED')
  )
  select (select count(*) from leaver l join directory_user u on u.id = l.user_id where u.state <> 'ACTIVE')
         + (select coalesce(sum(users_taken), 0) from run where finished_at is null) as users,
         (select count(*) from ended e
          where not exists (select from membership m where m.group_id = e.group_id and m.user_id = e.user_id and m.visible)
            -- Looked up one at a time: a join might read all active users first.
            and (select state from directory_user where id = e.user_id) = 'ACTIVE')
         + (select coalesce(sum(t.edges_taken), 0) from told t join directory_group g on g.id = t.group_id
            where t.type = 'dsync.group.deleted' and g.state <> 'ACTIVE')
         + (select coalesce(sum(edges_taken), 0) from run where finished_at is null) as memberships`
