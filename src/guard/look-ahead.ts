import type { Tx } from '../db/database.ts'
import { LOCKED } from '../db/lock-directories.ts'
import { MAY_BE_HELD } from './conditions.ts'
import { RULE } from './count-gone.ts'
import type { GuardRule } from './threshold.ts'

/** A directory in which the guard holds something, or may have to. */
export interface Suspect extends GuardRule {
  readonly directoryId: string
  readonly organizationId: string | null
  /** The start of the window: only removals after it count. */
  readonly since: Date
  /** Removals of users received before this moment belong to the held burst; null if none is held. */
  readonly usersUntil: Date | null
  /** The same for memberships. */
  readonly edgesUntil: Date | null
  /** Whether both `usersUntil` and `edgesUntil` are in the future: removals of either kind are held as they arrive. */
  readonly bursting: boolean
  /** Whether anything is held. */
  readonly holds: boolean
  /**
   * Whether pending and recent removals together exceed `minimum`. An estimate from above: some pending events may
   * turn out to remove nothing.
   */
  readonly isOver: boolean
}

/**
 * Looks at everything that waits in directories, which `tx` has locked, and at recent removals. Nearly always nothing
 * is held and there is little: then this reads some index entries and returns nothing. `directoryIds` is null for those
 * that the previously sent statement locked.
 */
export async function lookAhead(tx: Tx, directoryIds: readonly string[] | null, rule: GuardRule): Promise<Suspect[]> {
  const { minimum, percent, windowMs } = rule
  const values = [directoryIds, minimum, percent, windowMs]
  const { rows } = await tx.query<Omit<Suspect, 'windowMs'>>({ name: 'guard-look-ahead', text: LOOK, values })
  return rows.map((row) => ({ ...row, windowMs }))
}

// The array is hidden behind a sub-select so that one generic plan is kept; planning each time takes ten times as long
// as the query. A deleted group may have any number of members. Counting stops at one beyond what may always go.
const LOOK = `
  select found.*, burst.users as "usersUntil", burst.edges as "edgesUntil",
         coalesce(burst.users > now() and burst.edges > now(), false) as bursting
  from (
    select l.id as "directoryId", d.organization_id as "organizationId", rule.minimum, rule.percent, rule.since,
           -- Looks up this directory: "exists" might be evaluated for all events held anywhere.
           (select true from inbox_event where directory_id = l.id and status = 'HELD' limit 1) is true as holds,
           (select coalesce(sum(weight), 0) from (
              select case e.type when 'dsync.group.deleted' then rule.minimum + 1 else 1 end as weight
              from inbox_event e where e.directory_id = l.id and ${MAY_BE_HELD} limit rule.minimum + 1
            ) waiting)
           + (select coalesce(sum(weight), 0) from (
                select users_taken + edges_taken as weight from inbox_event
                where directory_id = l.id and (users_taken > 0 or edges_taken > 0) and applied_at > rule.since
                limit rule.minimum + 1
              ) taken)
           + (select coalesce(sum(users_taken + edges_taken), 0) from sync_run
              where directory_id = l.id and (users_taken > 0 or edges_taken > 0)
                and (finished_at is null or finished_at > rule.since))
           > rule.minimum as "isOver"
    from unnest(array(select unnest(coalesce($1::text[], ${LOCKED})))) as l (id)
    left join directory d on d.id = l.id
    cross join lateral (
      select ${RULE}
    ) rule
    offset 0 -- evaluated once, though used twice
  ) found
  cross join lateral (
    select max(held_at) filter (where held_for in ('USER', 'BOTH')) + $4::int * interval '1 millisecond' as users,
           max(held_at) filter (where held_for in ('MEMBERSHIP', 'BOTH')) + $4::int * interval '1 millisecond' as edges
    from inbox_event where directory_id = found."directoryId" and status = 'HELD' and found.holds
  ) burst
  where found.holds or found."isOver"`
