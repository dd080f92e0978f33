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
  description: 'How far a message has come.',
  values: {
    PENDING: { description: 'To be sent, to be tried again, or waiting for an earlier one of the same person.' },
    DELIVERED: { description: 'The endpoint answered 2xx.' },
    DEAD: { description: 'Given up after three days: `replayWebhookDeliveries` has it sent again.' },
  } as const,
})

/** A message as loaders and lists give it: without what only its sending needs. */
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
  description: 'A message to an endpoint, and what became of it.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `msg_…`, the header `webhook-id` of every attempt.' }),
    endpoint: t.field({
      type: WebhookEndpoint,
      description: 'Where it is sent to.',
      resolve: ({ endpointId }, _args, { loaders }) => loaders.present('webhookEndpoint', endpointId),
    }),
    type: t.exposeString('type', { description: 'What it tells of, such as `directory_user.created`.' }),
    payload: t.field({
      type: 'JSON',
      description: 'What is sent: the same in every attempt.',
      resolve: ({ body }) => JSON.parse(body) as Json,
    }),
    status: t.expose('status', { type: WebhookDeliveryStatus, description: 'How far it has come.' }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried, since it was last replayed.' }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next, at the earliest; null where it is done with, or waits for an earlier one.',
    }),
    responseStatus: t.exposeInt('responseStatus', {
      nullable: true,
      description: 'The status of the last answer; null where there was none.',
    }),
    error: t.exposeString('error', { nullable: true, description: 'What the last attempt failed with.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
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
  description: 'Which messages. What is left out does not restrict.',
  fields: (t) => ({
    status: t.field({ type: [WebhookDeliveryStatus], description: 'Of one of these statuses.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'That were made after this moment.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'That were made before this moment.' }),
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
    args: { ...pageArguments(t.arg), filter: t.arg({ type: WebhookDeliveryFilter, description: 'Which ones.' }) },
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
