import type { ByHand } from '../changes/by-hand.ts'
import type { Database } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import { tellAdministration } from './administration.ts'
import { inForce, MAX_SECRETS, newSecret, type StoredSecret } from './secrets.ts'

/**
 * Creates a new secret for an endpoint. The existing ones end after `graceMs`, or earlier if they already do. Null if
 * there would be too many or the endpoint is gone.
 */
export async function rotateSecret(db: Database, id: string, graceMs: number, why: ByHand): Promise<string | null> {
  const at = why.occurredAt
  return inTransaction(db.pool, async (tx) => {
    const { rows } = await tx.query<{ organizationId: string | null; secrets: StoredSecret[] }>(
      `select organization_id as "organizationId", secrets from webhook_endpoint
       where id = $1 and deleted_at is null for no key update`,
      [id],
    )
    const [endpoint] = rows
    if (endpoint === undefined) return null
    const end = new Date(at.getTime() + graceMs).toISOString()
    const former = inForce(
      endpoint.secrets.map(({ secret, endsAt }) => ({
        secret,
        endsAt: endsAt === null || endsAt > end ? end : endsAt,
      })),
      at,
    )
    if (former.length >= MAX_SECRETS) return null
    const secret = newSecret()
    await tx.query('update webhook_endpoint set secrets = $2, rotating_until = $3, updated_at = $4 where id = $1', [
      id,
      JSON.stringify([secret, ...former]),
      former[0]?.endsAt ?? null,
      at,
    ])
    const { organizationId } = endpoint
    const about = { kind: 'WEBHOOK_ENDPOINT_SECRET_ROTATED', endpoint: { id, organizationId } } as const
    await tellAdministration(tx, why, about)
    return secret.secret
  })
}
