import { byHand } from '../changes/by-hand.ts'
import { tellAct } from '../changes/tell-act.ts'
import type { Tx } from '../db/database.ts'
import type { Administrator } from '../operations/administrator.ts'
import { notFound } from '../operations/refusal.ts'

/** Sets whether identities of an organization join its accounts by e-mail address from now on. Throws Refusal. */
export async function updateOrganization(
  tx: Tx,
  id: string,
  change: { readonly linkByEmail?: boolean },
  by: Administrator,
  now: Date,
): Promise<void> {
  const { rows } = await tx.query<{ linkByEmail: boolean }>(
    `select link_by_email as "linkByEmail" from organization where id = $1 and ($2::text is null or id = $2) for update`,
    [id, by.organizationId],
  )
  const before = rows[0]
  if (before === undefined) throw notFound('organization', id)
  if (change.linkByEmail === undefined || change.linkByEmail === before.linkByEmail) return
  await tx.query('update organization set link_by_email = $2, updated_at = clock_timestamp() where id = $1', [
    id,
    change.linkByEmail,
  ])
  const changed = { changedFields: ['linkByEmail'], previous: { ...before } }
  await tellAct(tx, byHand(by, now), { kind: 'ORGANIZATION_UPDATED', organizationId: id, ...changed })
}
