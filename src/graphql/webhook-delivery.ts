import { brandWithType } from '@pothos/core'
import type { Json } from '../directory/objects.ts'
import type { WebhookDelivery as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import { oneOf, type Condition, type Listing, type Order } from './lists/listing.ts'
import { Node, registerNode } from './node.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'
import { WebhookEndpoint } from './webhook-endpoint.ts'

export const WebhookDeliveryStatus = builder.enumType('WebhookDeliveryStatus', {
  description: 'The delivery status of a message.',
  values: {
    PENDING: { description: 'Waiting to be sent, to be retried, or for an earlier message about the same person.' },
    DELIVERED: { description: 'The endpoint responded with 2xx.' },
    DEAD: { description: 'Given up after three days: `replayWebhookDeliveries` sends it again.' },
  } as const,
})

/** A message as returned by loaders and lists, without the fields that only sending needs. */
export type WebhookDeliveryShape = Pick<
  Model,
  | 'id'
  | 'endpointId'
  | 'type'
  | 'body'
  | 'status'
  | 'attempts'
  | 'nextAttemptAt'
  | 'responseStatus'
  | 'error'
  | 'createdAt'
  | 'deliveredAt'
>

export const WebhookDelivery = builder.objectRef<WebhookDeliveryShape>('WebhookDelivery')
WebhookDelivery.implement({
  description: 'A message to an endpoint, and its outcome.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `msg_…`, sent as the header `webhook-id` with every attempt.' }),
    endpoint: t.field({
      type: WebhookEndpoint,
      description: 'The endpoint it is sent to.',
      resolve: ({ endpointId }, _args, { loaders }) => loaders.present('webhookEndpoint', endpointId),
    }),
    type: t.exposeString('type', { description: 'The type of event, such as `directory_user.created`.' }),
    payload: t.field({
      type: 'JSON',
      description: 'The body, identical in every attempt.',
      resolve: ({ body }) => JSON.parse(body) as Json,
    }),
    status: t.expose('status', { type: WebhookDeliveryStatus, description: 'Its delivery status.' }),
    attempts: t.exposeInt('attempts', { description: 'How many attempts were made since it was last replayed.' }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The earliest time of the next attempt; null if it is finished, or waits for an earlier message.',
    }),
    responseStatus: t.exposeInt('responseStatus', {
      nullable: true,
      description: 'The HTTP status of the last response; null if there was none.',
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why the last attempt failed.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    deliveredAt: t.expose('deliveredAt', { type: 'DateTime', nullable: true, description: 'When it was delivered.' }),
  }),
})

registerNode({
  prefix: 'msg_',
  load: async (id, { loaders }) => {
    const delivery = await loaders.webhookDelivery.load(id)
    if (delivery !== null) brandWithType(delivery, WebhookDelivery)
    return delivery
  },
})

const WebhookDeliveryConnection = connectionType('WebhookDelivery', WebhookDelivery)

export const WebhookDeliveryFilter = builder.inputType('WebhookDeliveryFilter', {
  description: 'Filters messages. Omitted fields do not restrict.',
  fields: (t) => ({
    status: t.field({ type: [WebhookDeliveryStatus], description: 'With one of these statuses.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Created after this moment.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Created before this moment.' }),
  }),
})

const OF_ENDPOINT: Listing = {
  from: 'webhook_delivery x',
  columns: `
    x.id, x.endpoint_id as "endpointId", x.type, x.body, x.status, x.attempts, x.next_attempt_at as "nextAttemptAt",
    x.response_status as "responseStatus", x.error, x.created_at as "createdAt", x.delivered_at as "deliveredAt"`,
  parent: 'x.endpoint_id',
}
const NEWEST_FIRST: Order = { name: 'CREATED_AT DESC', column: 'x.created_at', type: 'timestamptz', descending: true }

builder.objectField(WebhookEndpoint, 'deliveries', (t) =>
  t.field({
    type: WebhookDeliveryConnection,
    description: 'Its messages, newest first.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: WebhookDeliveryFilter, description: 'Filters the result.' }),
    },
    complexity: pageCost,
    resolve: ({ id }, { filter, ...args }, context) => {
      const { status, createdAfter, createdBefore } = filter ?? {}
      const conditions: Condition[] = []
      if (status != null) conditions.push(oneOf('x.status', '"WebhookDeliveryStatus"', status))
      if (createdAfter != null) conditions.push({ sql: 'x.created_at > ?', value: createdAfter })
      if (createdBefore != null) conditions.push({ sql: 'x.created_at < ?', value: createdBefore })
      const request = { listing: OF_ENDPOINT, conditions, order: NEWEST_FIRST, parentId: id, args }
      return readConnection<WebhookDeliveryShape>(context, request)
    },
  }),
)
