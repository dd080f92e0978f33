import { byHand } from '../changes/by-hand.ts'
import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { Refusal } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { Deletion } from '../operations/role-operations.ts'
import { countOf } from '../text/count-of.ts'
import type { RoleContext } from './administer-roles.ts'
import { administerSettled, isUnsettled } from './administer-settled.ts'
import { changeMappings } from './change-mappings.ts'
import { ownMapping } from './own-mapping.ts'

/** Deletes a mapping. Throws Refusal, also if accounts would lose a role by it and this is not confirmed. */
export async function deleteMapping(context: RoleContext, by: Administrator, { id, confirm }: Deletion): Promise<void> {
  await administerSettled(context, async (tx) => {
    const before = await ownMapping(tx, by, id)
    if (!confirm) {
      // Two mappings that grant the same role may be deleted at once: the second deletion takes the role away.
      const roleIds = before.roles.map((role) => role.id)
      if (await isUnsettled(tx, roleIds)) return null
      await refuseWhereUsed(tx, id)
    }
    const why = byHand(by, context.now())
    return { result: null, ...(await changeMappings(tx, [{ before, after: null }], why, context.settlement)) }
  })
}

async function refuseWhereUsed(tx: Tx, id: string): Promise<void> {
  const losers = await tx.query<{ count: number; sample: string[] | null }>(LOSERS, [id])
  const { count, sample } = onlyRow(losers)
  if (count === 0) return
  const message = `${countOf(count, 'account')} would lose a role: confirm to proceed`
  throw new Refusal({ kind: 'IN_USE', message, accounts: count, accountIds: sample ?? [], mappings: 0, mappingIds: [] })
}

/** Accounts that have a role only by this mapping. */
const LOSERS = `
  with losers as (
    select distinct g.account_id from role_grant g
    where g.mapping_id = $1 and g.visible and not exists (
      select from role_grant o
      where o.account_id = g.account_id and o.role_id = g.role_id and o.visible and o.mapping_id <> $1)
  )
  select count(*) as count, (array_agg(account_id order by account_id))[:10] as sample from losers`
