import { appendChanges, type ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import type { JsonObject } from '../directory/objects.ts'

export interface Administered {
  readonly kind: Extract<ChangeDraft['kind'], `WEBHOOK_ENDPOINT_${string}`>
  readonly endpoint: { readonly id: string; readonly organizationId: string | null }
  /** Null: nobody; the endpoint's own answer did it. */
  readonly actor: string | null
  readonly changedFields?: readonly string[]
  readonly previous?: JsonObject
  /** Of messages. */
  readonly count?: number
}

/** Tells in the change log what was done to an endpoint, last in the transaction that does it. Gives the position. */
export async function tellAdministration(tx: Tx, told: Administered, now: Date): Promise<number> {
  const { kind, endpoint, actor, changedFields = [], previous = null, count } = told
  const appended = await appendChanges(tx, [
    {
      kind,
      directoryId: '',
      organizationId: endpoint.organizationId,
      userId: null,
      groupId: null,
      changedFields,
      previous,
      source: actor === null ? 'OUTBOUND' : 'MUTATION',
      eventId: null,
      ...(actor !== null && { actor }),
      detail: { webhookEndpointId: endpoint.id, ...(count !== undefined && { count }) },
      occurredAt: now,
    },
  ])
  return appended!.position
}
