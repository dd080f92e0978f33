import { byHand } from '../changes/by-hand.ts'
import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { Refusal } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { Deletion } from '../operations/role-operations.ts'
import type { MappingChange, MappingState } from '../operations/role-mappings.ts'
import { countOf } from '../text/count-of.ts'
import type { RoleContext } from './administer-roles.ts'
import { administerSettled, isUnsettled } from './administer-settled.ts'
import { changeMappings } from './change-mappings.ts'
import { readMappingsOfRole } from './mapping-states.ts'
import { ownRole } from './role-states.ts'
import { tellRole } from './tell-role.ts'

/**
 * Deletes a role: mappings no longer grant it, those that granted nothing else are deleted, and no account has it any
 * more when this resolves. The row stays, hidden: until then, grants refer to it. Throws Refusal, also if the role is
 * in use and this is not confirmed.
 */
export async function deleteRole(context: RoleContext, by: Administrator, { id, confirm }: Deletion): Promise<void> {
  await administerSettled(context, async (tx) => {
    const before = await ownRole(tx, by, id)
    const mappings = await readMappingsOfRole(tx, id)
    if (!confirm) {
      if (await isUnsettled(tx, [id])) return null
      await refuseWhereUsed(tx, id, before.slug, mappings)
    }
    const why = byHand(by, context.now())
    await tx.query('update role set deleted_at = clock_timestamp() where id = $1', [id])
    const changes = mappings.map((mapping) => without(mapping, id))
    const changed = await changeMappings(tx, changes, why, context.settlement)
    // Only now: queueing the accounts of a mapping also writes these rows, and the other order could deadlock.
    const held = await context.settlement.queue(tx, HOLDERS, [id], why)
    return {
      result: null,
      drafts: [tellRole({ before, after: null }, why), ...changed.drafts],
      queued: held > 0 || changed.queued,
    }
  })
}

function without(before: MappingState, roleId: string): MappingChange {
  const roles = before.roles.filter(({ id }) => id !== roleId)
  return { before, after: roles.length === 0 ? null : { ...before, roles } }
}

const SAMPLE = 10

async function refuseWhereUsed(tx: Tx, id: string, slug: string, mappings: readonly MappingState[]): Promise<void> {
  const use = await tx.query<{ held: number; count: number; sample: string[] | null }>(USE, [id])
  const { held, count, sample } = onlyRow(use)
  if (held === 0 && mappings.length === 0) return
  throw new Refusal({
    kind: 'IN_USE',
    message: `${countOf(count, 'account')} would lose ${slug}, and ${countOf(mappings.length, 'mapping')} would no longer grant it: confirm to proceed`,
    accounts: count,
    accountIds: sample ?? [],
    mappings: mappings.length,
    mappingIds: mappings.slice(0, SAMPLE).map((mapping) => mapping.id),
  })
}

/**
 * Includes accounts that would have it again once active. Those that have it by a mapping are queued with the mapping.
 */
const HOLDERS = `select account_id from role_grant where role_id = $1 and kind <> 'MAPPING'`

const USE = `
  select count(distinct account_id) as held, count(distinct account_id) filter (where visible) as count,
         (array_agg(distinct account_id) filter (where visible))[:${SAMPLE}] as sample
  from role_grant where role_id = $1`
