import type { ByHand } from '../changes/by-hand.ts'
import type { Database, Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { WebhookEndpointSettings } from '../operations/webhook-operations.ts'
import { tellAdministration } from './administration.ts'
import { lockEndpoint } from './lock-endpoint.ts'
import { makeFirstDue } from './make-first-due.ts'

type Row = WebhookEndpointSettings & { readonly organizationId: string | null }

const NAMES = ['url', 'description', 'kinds', 'enabled'] as const

/**
 * Changes the settings of an endpoint. If it is enabled again or gets another URL, it is reset: what waits for it is
 * sent at once, with all attempts ahead. Does nothing if the endpoint is gone.
 */
export async function updateEndpoint(
  db: Database,
  id: string,
  settings: Partial<WebhookEndpointSettings>,
  why: ByHand,
): Promise<void> {
  const at = why.occurredAt
  await inTransaction(db.pool, async (tx) => {
    await lockEndpoint(tx, id, 'EXCLUSIVE')
    const { rows } = await tx.query<Row>(
      `select organization_id as "organizationId", url, description, kinds::text[], enabled from webhook_endpoint
       where id = $1 and deleted_at is null for no key update`,
      [id],
    )
    const [before] = rows
    if (before === undefined) return
    const after = { ...before, ...settings }
    const changedFields = NAMES.filter((name) => textOf(before[name]) !== textOf(after[name]))
    if (changedFields.length === 0) return
    await tx.query(
      `update webhook_endpoint set url = $2, description = $3, kinds = $4::"ChangeKind"[], enabled = $5, updated_at = $6,
              disabled_reason = case when enabled = $5 then disabled_reason end
       where id = $1`,
      [id, after.url, after.description, after.kinds, after.enabled, at],
    )
    if ((after.enabled && !before.enabled) || after.url !== before.url) await beginAnew(tx, id, at)
    const { organizationId } = before
    const previous = Object.fromEntries(
      changedFields.map((name) => {
        const value = before[name]
        return [name, typeof value === 'object' ? [...value] : value]
      }),
    )
    const about = { kind: 'WEBHOOK_ENDPOINT_UPDATED', endpoint: { id, organizationId } } as const
    await tellAdministration(tx, why, { ...about, changedFields, previous })
  })
}

// The order of kinds does not matter.
function textOf(value: WebhookEndpointSettings[keyof WebhookEndpointSettings]): string {
  return JSON.stringify(typeof value === 'object' ? [...value].sort() : value)
}

async function beginAnew(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.query(
    `update webhook_endpoint set failures = 0, failing_since = null, failed_keys = '{}', blocked_until = null where id = $1`,
    [id],
  )
  // What was purged while it was disabled may have been the first of its ordering key.
  await makeFirstDue(tx, id, null, now)
  await tx.query(
    `update webhook_delivery set attempts = 0, first_attempt_at = null, queued_at = $2, next_attempt_at = $2
     where endpoint_id = $1 and status = 'PENDING' and next_attempt_at is not null`,
    [id, now],
  )
}
