import { ulid } from 'ulid'
import { byHand } from '../changes/by-hand.ts'
import { forbidden } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { NewRole } from '../operations/role-operations.ts'
import { administerRoles, type RoleContext } from './administer-roles.ts'
import { checkRole } from './check-role.ts'
import { queueTold } from './queue-told.ts'
import { requireOrganization } from './require-organization.ts'
import { requireFreeSlug } from './role-states.ts'
import { tellRole } from './tell-role.ts'

/**
 * Creates a role and returns its id; users to whom WorkOS assigns it by its slug have it when this resolves. Throws
 * Refusal.
 */
export async function createRole(context: RoleContext, by: Administrator, input: NewRole): Promise<string> {
  checkRole(input)
  const organizationId = input.organizationId ?? by.organizationId
  if (by.organizationId !== null && organizationId !== by.organizationId)
    throw forbidden('You can create roles only for your own organization')
  const role = { ...input, name: input.name.trim(), organizationId, id: `role_${ulid()}` }
  return administerRoles(context, async (tx) => {
    if (organizationId !== null) await requireOrganization(tx, organizationId, by.organizationId)
    await requireFreeSlug(tx, role)
    await tx.query(
      `insert into role (id, slug, name, description, organization_id, protected, updated_at)
       values ($1, $2, $3, $4, $5, $6, clock_timestamp())`,
      [role.id, role.slug, role.name, role.description, organizationId, role.protected],
    )
    const why = byHand(by, context.now())
    const count = await queueTold(tx, role, why, context.settlement)
    return { result: role.id, drafts: [tellRole({ before: null, after: role }, why)], queued: count > 0 }
  })
}
