import { byHand } from '../changes/by-hand.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { RoleUpdate } from '../operations/role-operations.ts'
import { administerRoles, type RoleContext } from './administer-roles.ts'
import { checkRole } from './check-role.ts'
import { queueTold } from './queue-told.ts'
import { ownRole, requireFreeSlug } from './role-states.ts'
import { tellRole } from './tell-role.ts'

/**
 * Changes a role. With a new slug it is the one that WorkOS assigns by that slug, for all accounts when this resolves.
 * Throws Refusal.
 */
export async function updateRole(
  context: RoleContext,
  by: Administrator,
  { id, ...update }: RoleUpdate,
): Promise<void> {
  checkRole(update)
  await administerRoles(context, async (tx) => {
    const before = await ownRole(tx, by, id)
    const given = Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined))
    const after = { ...before, ...given }
    const why = byHand(by, context.now())
    const draft = tellRole({ before, after }, why)
    if (draft.changedFields.length === 0) return { result: null, drafts: [], queued: false }
    await requireFreeSlug(tx, after)
    await tx.query(
      'update role set slug = $2, name = $3, description = $4, protected = $5, updated_at = clock_timestamp() where id = $1',
      [id, after.slug, after.name, after.description, after.protected],
    )
    if (after.slug === before.slug) return { result: null, drafts: [draft], queued: false }
    const told = await queueTold(tx, before, why, context.settlement)
    const toBeTold = await queueTold(tx, after, why, context.settlement)
    return { result: null, drafts: [draft], queued: told + toBeTold > 0 }
  })
}
