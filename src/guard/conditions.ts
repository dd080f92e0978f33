// Conditions of the guard's statements. `e` is an event of the inbox, and `h` a held one of the same directory. From
// labels and versions they tell what src/sync would do to the mirror, so that waiting events can be counted without
// decoding them.
import type { FieldList } from '../directory/freshness.ts'
import { groupFields, userFields } from '../directory/objects.ts'

const mayBeHeld = (event: string) =>
  `${event}.status = 'PENDING' and ${event}.removal is not null and ${event}.approved_at is null`

/** Whether `e` may take something away and the guard may still stop it. The index inbox_event_removal_idx has these. */
export const MAY_BE_HELD = mayBeHeld('e')

// Newer than the fact that a field's value comes from: see versionOf in src/directory/freshness.ts.
function isNews<Fields>(row: string, list: FieldList<Fields>, field: keyof Fields): string {
  return `
    not exists (
      select from jsonb_array_elements(${row}.overlay) o
      where (o ->> 2)::int & ${1 << list.indexOf(field)} <> 0
        and ((o ->> 0)::numeric, (o ->> 1) collate "C") >= (extract(epoch from e.occurred_at) * 1000, e.id)
    )`
}

const isNewer = (row: string) => `(${row}.fact_at is null or (${row}.fact_at, ${row}.fact_id) < (e.occurred_at, e.id))`

/**
 * The user of `e` as `u`, found by id whatever the other conditions: with any other index a whole directory may be read
 * for each.
 */
export const ITS_USER = `lateral (select * from directory_user where id = e.user_id offset 0) u`

/** Whether a user is active, looked up one at a time: a join might read all active users first. */
export const isActive = (id: string) => `(select state from directory_user where id = ${id}) = 'ACTIVE'`

/** Whether `e` would offboard the active user `u`; not if it is stale. */
export const OFFBOARDS = `
  e.removal in ('USER', 'BOTH') and u.id = e.user_id and u.directory_id = e.directory_id and u.state = 'ACTIVE'
  and ${isNewer('u')}
  and (${isNews('u', userFields, 'active')} or e.type = 'dsync.user.deleted' and ${isNews('u', userFields, 'deletedAt')})`

/** Whether `e` would end the visible membership `m`. */
export const REMOVES = `
  e.type = 'dsync.group.user_removed' and m.group_id = e.group_id and m.user_id = e.user_id
  and m.directory_id = e.directory_id and m.visible and (m.fact_at, m.fact_id) < (e.occurred_at, e.id)`

/** Whether `e` would delete the group `g`, and with it its visible memberships. */
export const DISSOLVES = `
  e.type = 'dsync.group.deleted' and g.id = e.group_id and g.directory_id = e.directory_id and g.state = 'ACTIVE'
  and ${isNewer('g')} and ${isNews('g', groupFields, 'deletedAt')}`

const ofUser = (whose: string) =>
  `p.directory_id = e.directory_id and p.user_id = ${whose} and p.removal in ('USER', 'BOTH')`

/** Whether an event that offboards a user is held. */
export const isHeldLeaver = (user: string) =>
  `exists (select from inbox_event p where ${ofUser(user)} and p.status = 'HELD')`

/** The same for an event that waits for its turn. */
export const isDueLeaver = (user: string) =>
  `exists (select from inbox_event p where ${ofUser(user)} and ${mayBeHeld('p')})`

/**
 * Whether `e` must wait behind a held event. A user's own event holds back all later ones about the user, as does a
 * membership's event that offboards them; a group's own event, those about the group; a membership's event, those about
 * the same membership. What a membership's event says about its user and group besides holds back nothing: through a
 * group that every user is in, it would hold back every user.
 */
export const IS_BEHIND = `(
  exists (
    select from inbox_event h
    where h.directory_id = e.directory_id and h.status = 'HELD' and h.user_id = e.user_id
      and (h.group_id is null or h.group_id = e.group_id or h.removal in ('USER', 'BOTH'))
      and (h.occurred_at, h.id) < (e.occurred_at, e.id)
  ) or exists (
    select from inbox_event h
    where h.directory_id = e.directory_id and h.status = 'HELD' and h.group_id = e.group_id and h.user_id is null
      and (h.occurred_at, h.id) < (e.occurred_at, e.id)
  ))`
