import type { Tx } from '../db/database.ts'

/** An account that is to move to another organization, and whether an account there already has one of its ids. */
export interface Collision {
  readonly id: string
  readonly externalId: boolean
  readonly workosUserId: boolean
}

/** Finds ids that are unique within an organization and that an account therefore cannot take to another one. */
export async function findCollisions(
  tx: Tx,
  moves: readonly { readonly id: string; readonly organizationId: string | null }[],
): Promise<Map<string, Collision>> {
  if (moves.length === 0) return new Map()
  const { rows } = await tx.query<Collision>({
    name: 'find-collisions',
    text: `
      select a.id, bool_or(o.external_id is not distinct from a.external_id) as "externalId",
             bool_or(o.workos_user_id is not distinct from a.workos_user_id) as "workosUserId"
      from unnest($1::text[], $2::text[]) as m (id, organization_id)
      join account a on a.id = m.id
      join account o on o.organization_id = m.organization_id and o.id <> a.id
        and (o.external_id = a.external_id or o.workos_user_id = a.workos_user_id)
      group by a.id`,
    values: [moves.map(({ id }) => id), moves.map(({ organizationId }) => organizationId)],
  })
  return new Map(rows.map((row) => [row.id, row]))
}
