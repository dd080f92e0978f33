import type { ByHand } from '../changes/by-hand.ts'
import type { Database } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import { tellAdministration } from './administration.ts'

/** Hides and disables an endpoint from now on; its messages are removed soon (src/outbound/forget-deleted.ts). */
export async function removeEndpoint(db: Database, id: string, why: ByHand): Promise<void> {
  const at = why.occurredAt
  await inTransaction(db.pool, async (tx) => {
    const { rows } = await tx.query<{ organizationId: string | null }>(
      `update webhook_endpoint set deleted_at = $2, enabled = false, secrets = '[]'
       where id = $1 and deleted_at is null returning organization_id as "organizationId"`,
      [id, at],
    )
    const [endpoint] = rows
    if (endpoint === undefined) return
    const removed = { id, organizationId: endpoint.organizationId }
    await tellAdministration(tx, why, { kind: 'WEBHOOK_ENDPOINT_DELETED', endpoint: removed })
  })
}
