import { brandWithType } from '@pothos/core'
import type { WebhookEndpoint as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { ChangeKind } from './changes/change-kinds.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import type { Condition, Listing, Order } from './lists/listing.ts'
import { Node, registerNode } from './node.ts'
import { Organization } from './organization.ts'
import { ownRows } from './own-rows.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'

/** An endpoint as returned by loaders and lists, without its secrets. */
export type WebhookEndpointShape = Omit<Model, 'secrets'> & {
  /** Set if it was just created. */
  readonly secret?: string
}

const WebhookEndpointStatus = builder.enumType('WebhookEndpointStatus', {
  description: 'How well messages reach an endpoint.',
  values: {
    HEALTHY: { description: 'Nothing is wrong.' },
    FAILING: {
      description: 'The latest attempt failed: `lastError` says why. Messages are retried for three days.',
    },
    DISABLED: { description: 'Nothing is sent to it until it is enabled; no change is lost.' },
  } as const,
})

function statusOf({ enabled, failures }: WebhookEndpointShape): typeof WebhookEndpointStatus.$inferType {
  if (!enabled) return 'DISABLED'
  return failures > 0 ? 'FAILING' : 'HEALTHY'
}

export const WebhookEndpoint = builder.objectRef<WebhookEndpointShape>('WebhookEndpoint')
WebhookEndpoint.implement({
  description:
    'A receiver of changes according to the Standard Webhooks specification, with one POST per change; those of ' +
    'one person are sent in order.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `webhook_endpoint_…`.' }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The one organization whose changes it receives; null for all.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    url: t.exposeString('url', { description: 'The URL that messages are posted to.' }),
    description: t.exposeString('description', { description: 'What it is for.' }),
    kinds: t.expose('kinds', { type: [ChangeKind], description: 'The kinds of changes it receives; all if empty.' }),
    status: t.field({ type: WebhookEndpointStatus, description: 'How well messages reach it.', resolve: statusOf }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why it is disabled, if that was not done through this API.',
    }),
    secret: t.string({
      nullable: true,
      description:
        'What messages are signed with: `whsec_…`. Shown only in the responses to `createWebhookEndpoint` and ' +
        '`rotateWebhookSecret`; null otherwise.',
      resolve: ({ secret }) => secret ?? null,
    }),
    rotatingUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when messages are also signed with a former secret; null if there is none.',
      resolve: ({ rotatingUntil }, _args, { now }) =>
        rotatingUntil !== null && rotatingUntil > now() ? rotatingUntil : null,
    }),
    pendingCount: t.int({
      description: 'Messages waiting to be sent or retried.',
      resolve: async ({ id }, _args, { loaders }) => (await loaders.deliveryCounts.load(id)).get('PENDING') ?? 0,
    }),
    deadCount: t.int({
      description: 'Messages that were given up.',
      resolve: async ({ id }, _args, { loaders }) => (await loaders.deliveryCounts.load(id)).get('DEAD') ?? 0,
    }),
    lastDeliveredAt: t.expose('lastDeliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a message last reached it, to the second.',
    }),
    lastFailedAt: t.expose('lastFailedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When an attempt last failed.',
    }),
    lastError: t.exposeString('lastError', { nullable: true, description: 'Why that attempt failed.' }),
    createdBy: t.exposeString('createdBy', { description: 'Who created it: the id of their API key or user.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
})

registerNode({
  prefix: 'webhook_endpoint_',
  load: async (id, { loaders }) => {
    const endpoint = await loaders.webhookEndpoint.load(id)
    if (endpoint !== null) brandWithType(endpoint, WebhookEndpoint)
    return endpoint
  },
})

const WebhookEndpointConnection = connectionType('WebhookEndpoint', WebhookEndpoint)

const LISTING: Listing = {
  from: 'webhook_endpoint x',
  columns: `
    x.id, x.organization_id as "organizationId", x.url, x.description, x.kinds::text[] as kinds, x.enabled,
    x.disabled_reason as "disabledReason", x.rotating_until as "rotatingUntil", x.failures,
    x.last_delivered_at as "lastDeliveredAt", x.last_failed_at as "lastFailedAt", x.last_error as "lastError",
    x.created_by as "createdBy", x.created_at as "createdAt", x.updated_at as "updatedAt"`,
  parent: null,
  always: 'x.deleted_at is null',
}
const BY_ID: Order = { name: 'ID', column: 'x.id', type: 'text', descending: false, unique: true }

builder.queryFields((t) => ({
  webhookEndpoint: t.field({
    type: WebhookEndpoint,
    nullable: true,
    description: 'A webhook endpoint by id; null if there is none you can see.',
    args: { id: t.arg.id({ required: true, description: 'Its id: `webhook_endpoint_…`.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.webhookEndpoint.load(id),
  }),
  webhookEndpoints: t.field({
    type: WebhookEndpointConnection,
    description: 'The webhook endpoints you can see, oldest first.',
    args: {
      ...pageArguments(t.arg),
      organizationId: t.arg.id({ description: 'Those that receive changes of this organization only.' }),
    },
    complexity: pageCost,
    resolve: (_root, { organizationId, ...args }, context) => {
      const conditions: Condition[] = ownRows(context.viewer)
      if (organizationId != null) conditions.push({ sql: 'x.organization_id = ?', value: organizationId })
      const request = { listing: LISTING, conditions, order: BY_ID, parentId: null, args }
      return readConnection<WebhookEndpointShape>(context, request)
    },
  }),
}))
