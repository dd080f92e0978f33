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

/** An endpoint as loaders and lists give it: without its secrets. */
export type WebhookEndpointShape = Omit<Model, 'secrets'> & {
  /** Where it has just been made. */
  readonly secret?: string
}

const WebhookEndpointStatus = builder.enumType('WebhookEndpointStatus', {
  description: 'How well messages reach an endpoint.',
  values: {
    HEALTHY: { description: 'Nothing is wrong.' },
    FAILING: {
      description: 'The newest attempt failed: `lastError` says why. Messages are tried again for three days.',
    },
    DISABLED: { description: 'Nothing is sent to it, and nothing forgotten, until somebody enables it.' },
  } as const,
})

function statusOf({ enabled, failures }: WebhookEndpointShape): typeof WebhookEndpointStatus.$inferType {
  if (!enabled) return 'DISABLED'
  return failures > 0 ? 'FAILING' : 'HEALTHY'
}

export const WebhookEndpoint = builder.objectRef<WebhookEndpointShape>('WebhookEndpoint')
WebhookEndpoint.implement({
  description:
    'Where changes are sent to by the Standard Webhooks specification, one POST each; those of one person in their order.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `webhook_endpoint_…`.' }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The one organization that it is told of; null where it is told of all.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    url: t.exposeString('url', { description: 'Where messages are posted to.' }),
    description: t.exposeString('description', { description: 'What it is for.' }),
    kinds: t.expose('kinds', { type: [ChangeKind], description: 'What it is told of; empty: everything.' }),
    status: t.field({ type: WebhookEndpointStatus, description: 'How well messages reach it.', resolve: statusOf }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why it is disabled, where nobody did it.',
    }),
    secret: t.string({
      nullable: true,
      description:
        'What messages are signed with: `whsec_…`. Shown once, in the answer to `createWebhookEndpoint` and ' +
        '`rotateWebhookSecret`; null ever after.',
      resolve: ({ secret }) => secret ?? null,
    }),
    rotatingUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when messages are signed with a former secret too; null where there is none.',
      resolve: ({ rotatingUntil }, _args, { now }) =>
        rotatingUntil !== null && rotatingUntil > now() ? rotatingUntil : null,
    }),
    pendingCount: t.int({
      description: 'Messages that wait to be sent, or to be tried again.',
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
    lastError: t.exposeString('lastError', { nullable: true, description: 'What that attempt failed with.' }),
    createdBy: t.exposeString('createdBy', { description: 'Who made it: the id of their API key or user.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When something about it was last changed.' }),
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
    description: 'An endpoint for webhooks by its id; null where there is none that you may see.',
    args: { id: t.arg.id({ required: true, description: 'Its id: `webhook_endpoint_…`.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.webhookEndpoint.load(id),
  }),
  webhookEndpoints: t.field({
    type: WebhookEndpointConnection,
    description: 'The endpoints for webhooks that you may see, oldest first.',
    args: {
      ...pageArguments(t.arg),
      organizationId: t.arg.id({ description: 'Those that are told of this organization alone.' }),
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
