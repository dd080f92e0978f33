import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { conflict } from '../operations/refusal.ts'
import { administerRoles, type Done, type RoleContext } from './administer-roles.ts'

/** How many times to let pending account updates finish before giving up. */
const ROUNDS = 5

/**
 * Like administerRoles, for work that depends on who would lose a role: `work` returns null while accounts do not yet
 * reflect what others have changed, and runs again once they do. Throws Refusal if that does not end.
 */
export async function administerSettled(
  context: RoleContext,
  work: (tx: Tx) => Promise<Done<null> | null>,
): Promise<void> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const isDone = await administerRoles(context, async (tx) => {
      const done = await work(tx)
      return done === null ? { result: false, drafts: [], queued: true } : { ...done, result: true }
    })
    if (isDone) return
  }
  throw conflict('Changes of mappings or groups are still being applied to accounts with these roles: try again')
}

/**
 * Whether holders of these roles may have fewer reasons for them than there are rows. `tx` must hold the mappings
 * exclusively.
 */
export async function isUnsettled(tx: Tx, roleIds: readonly string[]): Promise<boolean> {
  const due = await tx.query<{ unsettled: boolean }>(
    `select exists (select from mapping_due) or exists (
       select from account_due d join role_grant g on g.account_id = d.account_id where g.role_id = any($1::text[])
     ) as unsettled`,
    [roleIds],
  )
  return onlyRow(due).unsettled
}
