import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { together } from '../db/together.ts'
import {
  DISSOLVES,
  IS_BEHIND,
  isActive,
  isHeldLeaver,
  ITS_USER,
  MAY_BE_HELD,
  OFFBOARDS,
  REMOVES,
} from './conditions.ts'
import { countGone } from './count-gone.ts'
import type { Suspect } from './look-ahead.ts'
import { enoughFor, measureOf, type Burst } from './threshold.ts'

interface Counts {
  /** Users whom due events would offboard. */
  readonly leavers: number
  /** Memberships that due events would end, of users who are active and stay so. */
  readonly ending: number
}

/**
 * Counts what a directory would lose by everything that is due and by the events `ids`, and has recently lost. The
 * totals are counted only as far as they matter: the cost depends on the size of the burst, not of the directory.
 */
export async function measureBurst(tx: Tx, suspect: Suspect, ids: readonly string[]): Promise<Burst> {
  const { directoryId, since, usersUntil, edgesUntil } = suspect
  const values = [directoryId, usersUntil, edgesUntil, ids]
  const [counted, gone] = await together(
    tx.query<Counts>({ name: 'guard-count', text: COUNT, values }),
    countGone(tx, directoryId, since),
  )
  const { leavers, ending } = onlyRow(counted)
  const limits = [enoughFor(suspect, leavers + gone.users), enoughFor(suspect, ending + gone.memberships)]
  const all = await tx.query<{ users: number; memberships: number }>({
    name: 'guard-total',
    text: TOTAL,
    values: [directoryId, ...limits],
  })
  const { users, memberships } = onlyRow(all)
  return {
    users: measureOf(suspect, gone.users, leavers, users),
    memberships: measureOf(suspect, gone.memberships, ending, memberships),
  }
}

// What belongs to a held burst, or waits behind it, will not be applied. Memberships of leavers that end one by one are
// not counted in addition: they go with the user, or are held with them.
const COUNT = `
  with due as materialized (
    select e.id, e.type, e.directory_id, e.user_id, e.group_id, e.removal, e.occurred_at, e.received_at -- bodies are large
    from inbox_event e
    where e.directory_id = $1 and ${MAY_BE_HELD}
      and (e.next_attempt_at is null or e.next_attempt_at <= now() or e.id = any($4::text[]))
      and not ${IS_BEHIND}
  ), leaving as materialized (
    select u.id, bool_or($2::timestamptz is null or e.received_at >= $2) as counts
    from due e join ${ITS_USER} on ${OFFBOARDS}
    group by u.id
  ), ending as (
    select m.group_id, m.user_id
    from due e join membership m on ${REMOVES}
    where ($3::timestamptz is null or e.received_at >= $3) and ${isActive('m.user_id')}
      and not exists (select from leaving l where l.id = m.user_id) and not ${isHeldLeaver('m.user_id')}
    union
    select m.group_id, m.user_id
    from due e join directory_group g on ${DISSOLVES} join membership m on m.group_id = g.id and m.visible
    where ($3::timestamptz is null or e.received_at >= $3) and ${isActive('m.user_id')}
  )
  select (select count(*) from leaving where counts) as leavers, (select count(*) from ending) as ending`

// A null limit is no limit.
const TOTAL = `
  select (select count(*) from (
            select from directory_user where directory_id = $1 and state = 'ACTIVE' limit $2) u) as users,
         (select count(*) from (
            select from directory_group g join membership m on m.group_id = g.id and m.visible
            where g.directory_id = $1 and ${isActive('m.user_id')} limit $3) m) as memberships`
