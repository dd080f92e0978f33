import { ulid } from 'ulid'
import type { ByHand } from '../changes/by-hand.ts'
import { lockExclusive, lockNames } from '../db/advisory-lock.ts'
import type { Database } from '../db/database.ts'
import { ensureOrganization } from '../db/ensure-organization.ts'
import { onlyRow } from '../db/only-row.ts'
import { inTransaction } from '../db/transaction.ts'
import type { NewWebhookEndpoint } from '../operations/webhook-operations.ts'
import { tellAdministration } from './administration.ts'
import { newSecret } from './secrets.ts'

/** Endpoints that one organization may have; the same limit applies to those of all organizations. */
const MAX_ENDPOINTS = 50

/** Creates an endpoint, which receives what happens from now on. Null if there are too many. */
export async function createEndpoint(
  db: Database,
  { organizationId, url, description, kinds }: NewWebhookEndpoint,
  why: ByHand,
): Promise<{ id: string; secret: string } | null> {
  const { actor, occurredAt: at } = why
  const id = `webhook_endpoint_${ulid(at.getTime())}`
  const secret = newSecret()
  return inTransaction(db.pool, async (tx) => {
    await lockExclusive(tx, lockNames.endpointsOf(organizationId))
    const existing = await tx.query<{ count: number }>(
      'select count(*) as count from webhook_endpoint where organization_id is not distinct from $1 and deleted_at is null',
      [organizationId],
    )
    if (onlyRow(existing).count >= MAX_ENDPOINTS) return null
    if (organizationId !== null) await ensureOrganization(tx, organizationId)
    // Before the endpoint: this entry's position in the log is where the endpoint starts.
    const about = { kind: 'WEBHOOK_ENDPOINT_CREATED', endpoint: { id, organizationId } } as const
    const cursor = await tellAdministration(tx, why, about)
    await tx.query(
      `insert into webhook_endpoint (id, organization_id, url, description, kinds, secrets, cursor, created_by, created_at, updated_at)
       values ($1, $2, $3, $4, $5::"ChangeKind"[], $6, $7, $8, $9, $9)`,
      [id, organizationId, url, description, kinds, JSON.stringify([secret]), cursor, actor, at],
    )
    return { id, secret: secret.secret }
  })
}
