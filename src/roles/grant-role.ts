import { appendChanges, type ChangeDraft } from '../changes/append.ts'
import { byHand } from '../changes/by-hand.ts'
import { draftChange } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import { conflict, invalid } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { DirectGrant, Granted } from '../operations/role-operations.ts'
import type { RoleContext } from './administer-roles.ts'
import { lockAccount } from './lock-account.ts'
import { roleOfAccount } from './role-of-account.ts'

/**
 * Grants a role to an account by hand, whatever its groups are. Idempotent. An inactive account has it once active.
 * Throws Refusal.
 */
export function grantRole(context: RoleContext, by: Administrator, grant: DirectGrant): Promise<Granted> {
  return changeByHand(context, by, grant, 'ROLE_GRANT_ADDED', async (tx, { accountId, roleId }) => {
    const { rowCount } = await tx.query(
      `insert into role_grant as g (account_id, role_id, kind, actor, visible, granted_at)
       values ($1, $2, 'DIRECT', $3, false, clock_timestamp()) on conflict do nothing`,
      [accountId, roleId, by.actor],
    )
    return rowCount === 1
  })
}

/**
 * Takes back what was granted by hand. The account keeps the role while it has another reason for it. Throws Refusal,
 * also if it was not granted by hand.
 */
export function revokeRole(context: RoleContext, by: Administrator, grant: DirectGrant): Promise<Granted> {
  return changeByHand(context, by, grant, 'ROLE_GRANT_REMOVED', async (tx, { accountId, roleId }) => {
    const mine = `account_id = $1 and role_id = $2 and kind = 'DIRECT'`
    // It is deleted when the grants are derived, which thus still sees that the role was held.
    const { rowCount } = await tx.query(`update role_grant set taken_back = true where ${mine}`, [accountId, roleId])
    if (rowCount === 1) return true
    const { rowCount: reasons } = await tx.query(
      'select from role_grant where account_id = $1 and role_id = $2 and visible limit 1',
      [accountId, roleId],
    )
    throw conflict(
      reasons === 0
        ? `${accountId} does not have the role`
        : `Nobody has granted the role to ${accountId} by hand: it comes from groups, attributes or WorkOS`,
    )
  })
}

async function changeByHand(
  { db, now, settlement }: RoleContext,
  by: Administrator,
  { accountId, role, reason }: DirectGrant,
  kind: ChangeDraft['kind'],
  /** Returns whether anything changed. */
  write: (tx: Tx, granted: Granted) => Promise<boolean>,
): Promise<Granted> {
  return inTransaction(db.pool, async (tx) => {
    const { organizationId } = await lockAccount(tx, accountId, by)
    const roleId = await roleOfAccount(tx, accountId, role)
    if (roleId === null) throw invalid({ path: ['role'], message: `${role} is not a role that can be used here` })
    const granted = { accountId, roleId }
    if (!(await write(tx, granted))) return granted
    const why = byHand(by, now())
    const drafts = await settlement.settle(tx, new Map([[accountId, why]]))
    await appendChanges(tx, [draftChange(why, { kind, organizationId, ...granted, detail: { reason } }), ...drafts])
    return granted
  })
}
