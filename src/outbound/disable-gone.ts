import type { Tx } from '../db/database.ts'
import { tellAdministration } from './administration.ts'

/** Disables an endpoint that answered 410 Gone, by the Standard Webhooks specification. Last in its transaction. */
export async function disableGone(tx: Tx, endpointId: string, now: Date): Promise<void> {
  const { rows } = await tx.query<{ organizationId: string | null }>(
    `update webhook_endpoint set enabled = false, disabled_reason = 'It responded with 410 Gone', updated_at = $2
     where id = $1 and enabled returning organization_id as "organizationId"`,
    [endpointId, now],
  )
  const [endpoint] = rows
  if (endpoint === undefined) return // disabled meanwhile
  const { organizationId } = endpoint
  const about = { kind: 'WEBHOOK_ENDPOINT_DISABLED', endpoint: { id: endpointId, organizationId } } as const
  await tellAdministration(tx, { source: 'OUTBOUND', occurredAt: now }, about)
}
