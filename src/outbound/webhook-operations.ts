import { ulid } from 'ulid'
import { byHand } from '../changes/by-hand.ts'
import type { Database } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { WebhookOperations } from '../operations/webhook-operations.ts'
import { createEndpoint } from './create-endpoint.ts'
import { byItself, enqueue } from './enqueue.ts'
import { issueOfUrl } from './issue-of-url.ts'
import { lockEndpoint } from './lock-endpoint.ts'
import { testMessage } from './message-body.ts'
import { removeEndpoint } from './remove-endpoint.ts'
import { replayDeliveries } from './replay-deliveries.ts'
import { rotateSecret } from './rotate-secret.ts'
import { updateEndpoint } from './update-endpoint.ts'

interface WebhookOperationsOptions {
  readonly db: Database
  readonly allowPrivate: boolean
  readonly now: () => Date
  /** Called after messages have become due. */
  readonly onDue: () => void
}

/** Returns the operations on webhooks for mutations. */
export function createWebhookOperations(options: WebhookOperationsOptions): WebhookOperations {
  const { db, allowPrivate, now, onDue } = options
  const by = (actor: string) => byHand({ actor }, now())
  return {
    issueOfUrl: (url) => issueOfUrl(url, allowPrivate),
    create: (endpoint, actor) => createEndpoint(db, endpoint, by(actor)),
    async update(id, settings, actor) {
      await updateEndpoint(db, id, settings, by(actor))
      onDue()
    },
    rotateSecret: (id, graceMs, actor) => rotateSecret(db, id, graceMs, by(actor)),
    remove: (id, actor) => removeEndpoint(db, id, by(actor)),
    async replay(choice, actor) {
      const taken = await replayDeliveries(db, choice, by(actor))
      if (taken.ids.length > 0) onDue()
      return taken
    },
    async sendTest(endpointId) {
      const at = now()
      const id = `msg_${ulid(at.getTime())}`
      await inTransaction(db.pool, async (tx) => {
        await lockEndpoint(tx, endpointId, 'EXCLUSIVE')
        await enqueue(tx, endpointId, [byItself(id, testMessage(endpointId, at))], at)
      })
      onDue()
      return id
    },
  }
}
