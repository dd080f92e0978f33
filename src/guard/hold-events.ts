import type { Tx } from '../db/database.ts'
import type { Removal } from '../directory/removal.ts'
import { DISSOLVES, IS_BEHIND, isDueLeaver, isHeldLeaver, OFFBOARDS, REMOVES } from './conditions.ts'
import type { Suspect } from './look-ahead.ts'

interface Held {
  readonly id: string
  /** Null if it only has to wait behind another one. */
  readonly heldFor: Removal | null
}

/** Of what a burst would remove more than the limit. */
interface TooMuch {
  readonly users: boolean
  readonly memberships: boolean
}

/**
 * Holds those of the given events that would take away what there is `tooMuch` of, or what the held burst takes away,
 * and those that must wait behind held ones. The others can be applied. Users whose departure is held keep their
 * memberships, even those that end before it: otherwise a rejection would leave people without their groups.
 */
export async function holdEvents(
  tx: Tx,
  { directoryId, usersUntil, edgesUntil }: Suspect,
  ids: readonly string[],
  tooMuch: TooMuch,
): Promise<Held[]> {
  const held: Held[] = []
  const values = [directoryId, ids, tooMuch.users, tooMuch.memberships, usersUntil, edgesUntil]
  // What one round holds may hold back more of the same batch.
  for (let more = true; more;) {
    const { rows } = await tx.query<Held>({ name: 'guard-hold', text: HOLD, values })
    held.push(...rows)
    more = rows.length > 0
  }
  return held
}

const REMOVES_ANY = `exists (select from membership m where ${REMOVES})`
const DISSOLVES_ANY = `
  exists (select from directory_group g join membership m on m.group_id = g.id and m.visible where ${DISSOLVES})`

const HOLD = `
  with judged as (
    select e.id, ${IS_BEHIND} as behind,
           ($3::boolean or e.received_at < $5::timestamptz)
             and (exists (select from directory_user u where ${OFFBOARDS}) or ${REMOVES_ANY} and ${isDueLeaver('e.user_id')})
             or ${REMOVES_ANY} and ${isHeldLeaver('e.user_id')} as users,
           ($4::boolean or e.received_at < $6::timestamptz) and (${REMOVES_ANY} or ${DISSOLVES_ANY}) as edges
    from inbox_event e
    where e.id = any($2::text[]) and e.directory_id = $1 and e.status = 'PENDING' and e.approved_at is null
  )
  update inbox_event e
  set status = 'HELD', held_at = now(), next_attempt_at = null, error = null,
      held_for = case when j.users and j.edges then 'BOTH' when j.users then 'USER' when j.edges then 'MEMBERSHIP' end::"Removal"
  from judged j
  where e.id = j.id and (j.users or j.edges or j.behind)
  returning e.id, e.held_for as "heldFor"`
