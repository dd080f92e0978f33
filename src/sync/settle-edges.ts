import type { Tx } from '../db/database.ts'
import { together } from '../db/together.ts'
import { record, type Cause, type Mirror } from './mirror.ts'

/** How many memberships of one group are shown or hidden in one transaction: a group may have a hundred thousand. */
const EDGE_CHUNK = 1_000

interface Flip {
  group_id: string
  user_id: string
  visible: boolean
}

/**
 * After users or groups came or went, shows or hides those of their memberships that the batch did not hold in memory.
 * A group with more than EDGE_CHUNK of them is marked `cascading`, and the worker continues with it. Adds to the
 * mirror's changes. Call after saveMirror.
 */
export async function settleEdges(tx: Tx, mirror: Mirror): Promise<void> {
  const { flippedUsers, flippedGroups } = mirror
  // Sent together, they run one after the other: the second sees what the first has settled.
  const [ofUsers, ofGroups] = await together(
    flip(tx, 'settle-user-edges', OF_USERS, flippedUsers),
    flip(tx, 'settle-group-edges', OF_GROUPS, flippedGroups),
  )
  tell(mirror, ofUsers, ({ user_id }) => flippedUsers.get(user_id)!)
  tell(mirror, ofGroups, ({ group_id }) => flippedGroups.get(group_id)!)
  const more = unfinishedOf(ofGroups)
  if (more.length > 0) await tx.query('update directory_group set cascading = true where id = any($1::text[])', [more])
}

/** Settles at most EDGE_CHUNK memberships of a group; returns whether there may be more. */
export async function settleGroup(tx: Tx, mirror: Mirror, groupId: string, cause: Cause): Promise<boolean> {
  const flips = await flip(tx, 'settle-group-edges', OF_GROUPS, new Map([[groupId, cause]]))
  tell(mirror, flips, () => cause)
  return unfinishedOf(flips).length > 0
}

async function flip(tx: Tx, name: string, text: string, flipped: ReadonlyMap<string, Cause>): Promise<Flip[]> {
  return flipped.size === 0 ? [] : (await tx.query<Flip>({ name, text, values: [[...flipped.keys()]] })).rows
}

function unfinishedOf(flips: readonly Flip[]): string[] {
  const counts = Map.groupBy(flips, ({ group_id }) => group_id)
  return [...counts].flatMap(([id, { length }]) => (length === EDGE_CHUNK ? [id] : []))
}

function tell(mirror: Mirror, flips: readonly Flip[], causeOf: (flip: Flip) => Cause): void {
  for (const flip of flips) {
    const kind = flip.visible ? 'MEMBERSHIP_ADDED' : 'MEMBERSHIP_REMOVED'
    record(mirror, causeOf(flip), { kind, directoryUserId: flip.user_id, directoryGroupId: flip.group_id })
  }
}

// Looked up one at a time: a join might scan all users or all groups.
const isWrong = (groupLives: string) => `
  m.visible <> (m.present and ${groupLives}
    and coalesce((select u.state in ('ACTIVE', 'INACTIVE') from directory_user u where u.id = m.user_id), false))`
const lives = (group: string) =>
  `coalesce((select g.state = 'ACTIVE' from directory_group g where g.id = ${group}), false)`

const flipping = (wrong: string) => `
  with wrong as materialized (${wrong})
  update membership m set visible = not m.visible from wrong
  where m.group_id = wrong.group_id and m.user_id = wrong.user_id
  returning m.group_id, m.user_id, m.visible`

const OF_USERS = flipping(`
  select m.group_id, m.user_id from membership m
  where m.user_id = any(array(select unnest($1::text[]))) and ${isWrong(lives('m.group_id'))}`)

// Whether a group lives is looked up once: if it does not, its users need not be.
const OF_GROUPS = flipping(`
  select one.* from (select given.id, ${lives('given.id')} as lives from unnest($1::text[]) as given (id) offset 0) flipped
  cross join lateral (
    select m.group_id, m.user_id from membership m
    where m.group_id = flipped.id and ${isWrong('flipped.lives')} limit ${EDGE_CHUNK}
  ) one`)
