import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { conflict, forbidden, notFound } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { NewRole } from '../operations/role-operations.ts'

/** A role as it is. */
export interface RoleState extends NewRole {
  readonly id: string
}

/** Roles of one organization, or global ones: an account may have this many. */
const MAX_ROLES = 1_000

/**
 * Returns a role that the caller may change. Throws Refusal: not found if they may not even see it, forbidden if it is
 * global.
 */
export async function ownRole(tx: Tx, by: Administrator, id: string): Promise<RoleState> {
  const { rows } = await tx.query<RoleState>(
    `select id, slug, name, description, organization_id as "organizationId", protected from role
     where id = $1 and deleted_at is null`,
    [id],
  )
  const role = rows[0]
  const own = by.organizationId
  if (role === undefined || (own !== null && role.organizationId !== null && role.organizationId !== own))
    throw notFound('role', id)
  if (own !== null && role.organizationId === null)
    throw forbidden('You cannot change a role that applies to all organizations')
  return role
}

/** Throws Refusal if another role of the same owner has the slug, or the owner has the maximum number of roles. */
export async function requireFreeSlug(
  tx: Tx,
  { id, slug, organizationId }: Omit<RoleState, 'name' | 'description' | 'protected'>,
): Promise<void> {
  const slugs = await tx.query<{ taken: boolean; others: number }>(
    `select coalesce(bool_or(slug = $2), false) as taken, count(*) as others from role
     where deleted_at is null and organization_id is not distinct from $3 and id <> $1`,
    [id, slug, organizationId],
  )
  const { taken, others } = onlyRow(slugs)
  if (taken) throw conflict(`A role ${slug} already exists`)
  if (others >= MAX_ROLES)
    throw conflict(`There can be at most ${MAX_ROLES} roles of an organization, and as many for all organizations`)
}
