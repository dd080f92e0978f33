import type { ChangeDraft } from '../changes/append.ts'
import type { Why } from '../changes/draft-change.ts'
import { tellAct } from '../changes/tell-act.ts'
import type { Tx } from '../db/database.ts'
import type { JsonObject } from '../directory/objects.ts'

interface Administered {
  readonly kind: Extract<ChangeDraft['kind'], `WEBHOOK_ENDPOINT_${string}`>
  readonly endpoint: { readonly id: string; readonly organizationId: string | null }
  readonly changedFields?: readonly string[]
  readonly previous?: JsonObject
  /** Of messages. */
  readonly count?: number
}

/**
 * Records in the change log what was done to an endpoint, last in the transaction that does it. Returns the position.
 */
export function tellAdministration(tx: Tx, why: Why, { endpoint, count, ...told }: Administered): Promise<number> {
  const detail = { webhookEndpointId: endpoint.id, ...(count !== undefined && { count }) }
  return tellAct(tx, why, { ...told, organizationId: endpoint.organizationId, detail })
}
