import type { Tx } from '../db/database.ts'
import { draft, type Cause, type Mirror } from './mirror.ts'

/** Memberships of one group that are shown or hidden in one transaction: a group may have a hundred thousand. */
export const EDGE_CHUNK = 1_000

interface Flip {
  group_id: string
  user_id: string
  visible: boolean
}

/**
 * After users or groups came or went, shows or hides those of their memberships that the batch did not hold in memory.
 * A group with more than EDGE_CHUNK of them is marked `cascading`, and the worker goes on with it. Adds to the mirror's
 * changes. Call after saveMirror.
 */
export async function settleEdges(tx: Tx, mirror: Mirror): Promise<void> {
  if (mirror.flippedUsers.size > 0) {
    const ids = [...mirror.flippedUsers.keys()]
    const { rows } = await tx.query<Flip>({
      name: 'settle-user-edges',
      text: settle('m.user_id = any($1::text[])'),
      values: [ids],
    })
    tell(mirror, rows, (flip) => mirror.flippedUsers.get(flip.user_id)!)
  }
  for (const [id, cause] of mirror.flippedGroups) {
    const more = await settleGroup(tx, mirror, id, cause)
    if (more) await tx.query('update directory_group set cascading = true where id = $1', [id])
  }
}

/** Settles at most EDGE_CHUNK memberships of a group; gives whether there may be more. */
export async function settleGroup(tx: Tx, mirror: Mirror, groupId: string, cause: Cause): Promise<boolean> {
  const { rows } = await tx.query<Flip>({
    name: 'settle-group-edges',
    text: settle(`m.group_id = $1`, EDGE_CHUNK),
    values: [groupId],
  })
  tell(mirror, rows, () => cause)
  return rows.length === EDGE_CHUNK
}

function tell(mirror: Mirror, flips: readonly Flip[], causeOf: (flip: Flip) => Cause): void {
  for (const flip of flips) {
    const kind = flip.visible ? 'MEMBERSHIP_ADDED' : 'MEMBERSHIP_REMOVED'
    mirror.changes.push({ ...draft(mirror, causeOf(flip)), kind, userId: flip.user_id, groupId: flip.group_id })
  }
}

function settle(which: string, limit?: number): string {
  return `
    with wrong as (
      select m.group_id, m.user_id
      from membership m
      left join directory_user u on u.id = m.user_id
      left join directory_group g on g.id = m.group_id
      where ${which}
        and m.visible <> (m.present and coalesce(u.state in ('ACTIVE', 'INACTIVE'), false) and coalesce(g.state = 'ACTIVE', false))
      ${limit === undefined ? '' : `limit ${limit}`}
    )
    update membership m set visible = not m.visible from wrong
    where m.group_id = wrong.group_id and m.user_id = wrong.user_id
    returning m.group_id, m.user_id, m.visible`
}
