import type { Tx } from '../db/database.ts'
import { enoughFor, mostOf, type Burst, type Measure } from '../directory/guard.ts'
import { DISSOLVES, IS_BEHIND, isHeldLeaver, MAY_BE_HELD, OFFBOARDS, REMOVES } from './guard-sql.ts'
import type { Suspect } from './look-ahead.ts'

interface Counts {
  /** Who would be offboarded by what is due, and who was of late and has not come back. */
  readonly leavers: number
  readonly left: number
  /** The same of memberships. */
  readonly ending: number
  readonly ended: number
}

/**
 * Counts what a directory would lose by all that is due, and by the events `ids`, and has lost of late. Of how many that is, it is counted only as
 * far as it matters: a burst costs what it is large, not what the directory is.
 */
export async function measureBurst(tx: Tx, suspect: Suspect, ids: readonly string[]): Promise<Burst> {
  const { directoryId, since, usersUntil, edgesUntil } = suspect
  const counted = await tx.query<Counts>({
    name: 'guard-count',
    text: COUNT,
    values: [directoryId, since, usersUntil, edgesUntil, ids],
  })
  const { leavers, left, ending, ended } = counted.rows[0]!
  const limits = [enoughFor(suspect, leavers + left), enoughFor(suspect, ending + ended)]
  const all = await tx.query<{ users: number; memberships: number }>({
    name: 'guard-total',
    text: TOTAL,
    values: [directoryId, ...limits],
  })
  const measure = (gone: number, going: number, there: number): Measure => {
    const total = there + gone
    return { count: gone + going, all: total, most: mostOf(suspect, total) }
  }
  const { users, memberships } = all.rows[0]!
  return { users: measure(left, leavers, users), memberships: measure(ended, ending, memberships) }
}

// What belongs to a burst that is held, or waits behind it, will not be applied. The memberships of whoever leaves are not
// counted beside them where they are told to end one by one: they go with them, or are held with them.
const COUNT = `
  with due as materialized (
    select e.* from inbox_event e
    where e.directory_id = $1 and ${MAY_BE_HELD}
      and (e.next_attempt_at is null or e.next_attempt_at <= now() or e.id = any($5::text[]))
      and not ${IS_BEHIND}
  ), leaving as materialized (
    select u.id, bool_or($3::timestamptz is null or e.received_at >= $3) as counts
    from due e join directory_user u on ${OFFBOARDS}
    group by u.id
  ), ending as (
    select m.group_id, m.user_id from due e join membership m on ${REMOVES}
    where ($4::timestamptz is null or e.received_at >= $4)
      and not exists (select from leaving l where l.id = m.user_id) and not ${isHeldLeaver('m.user_id')}
    union
    select m.group_id, m.user_id
    from due e join directory_group g on ${DISSOLVES} join membership m on m.group_id = g.id and m.visible
    where $4::timestamptz is null or e.received_at >= $4
  ), taken as materialized (
    select r.* from inbox_event r
    where r.directory_id = $1 and (r.users_taken > 0 or r.edges_taken > 0) and r.applied_at > $2
  )
  select (select count(*) from leaving where counts) as leavers,
         (select count(distinct r.user_id) from taken r join directory_user u on u.id = r.user_id
          where r.users_taken > 0 and u.state <> 'ACTIVE') as left,
         (select count(*) from ending) as ending,
         (select count(distinct (r.group_id, r.user_id)) from taken r
          where r.edges_taken > 0 and r.type = 'dsync.group.user_removed'
            and not exists (select from membership m where m.group_id = r.group_id and m.user_id = r.user_id and m.visible)
            and not exists (select from directory_user u where u.id = r.user_id and u.state = 'DELETED'))
         + (select coalesce(sum(r.edges_taken), 0) from taken r join directory_group g on g.id = r.group_id
            where r.type = 'dsync.group.deleted' and g.state <> 'ACTIVE') as ended`

// A limit that is null is none.
const TOTAL = `
  select (select count(*) from (
            select from directory_user where directory_id = $1 and state = 'ACTIVE' limit $2) u) as users,
         (select count(*) from (
            select from directory_group g join membership m on m.group_id = g.id and m.visible
            where g.directory_id = $1 limit $3) m) as memberships`
