import { appendChanges } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import type { Administrator } from '../operations/administrator.ts'
import { notFound } from '../operations/refusal.ts'
import { byHand } from './by-hand.ts'
import { draftOf } from './settle-accounts.ts'

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
  const { accountId: _none, ...about } = draftOf('', id, byHand(by, now))
  await appendChanges(tx, [
    { ...about, kind: 'ORGANIZATION_UPDATED', changedFields: ['linkByEmail'], previous: { ...before } },
  ])
}
