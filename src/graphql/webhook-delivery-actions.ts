import type { TakenDeliveries } from '../operations/webhook-operations.ts'
import { act } from './act.ts'
import { builder } from './builder.ts'
import { choiceIssues, MAX_IDS } from './choice-issues.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { WebhookDelivery, WebhookDeliveryFilter } from './webhook-delivery.ts'
import { requireWebhooksWrite, theWebhookEndpoint } from './webhook-endpoint-actions.ts'

const MAX_SHOWN = 100

const WebhookDeliveryBatch = builder.objectRef<TakenDeliveries>('WebhookDeliveryBatch').implement({
  description: 'Messages that were replayed.',
  fields: (t) => ({
    count: t.int({ description: 'How many, at most 10,000.', resolve: ({ ids }) => ids.length }),
    hasMore: t.exposeBoolean('hasMore', {
      description: 'Whether more remain, beyond the limit: repeat the request.',
    }),
    deliveries: t.field({
      type: [WebhookDelivery],
      complexity: { field: 1, multiplier: MAX_SHOWN },
      description: `The oldest ${MAX_SHOWN} of them.`,
      resolve: async ({ ids }, _args, { loaders }) => {
        const deliveries = await Promise.all(ids.slice(0, MAX_SHOWN).map((id) => loaders.webhookDelivery.load(id)))
        return deliveries.filter((delivery) => delivery !== null)
      },
    }),
  }),
})

const ReplayWebhookDeliveriesInput = builder.inputType('ReplayWebhookDeliveriesInput', {
  description: 'Which messages of an endpoint to send again: exactly one of `ids`, `filter` and `all`.',
  fields: (t) => ({
    webhookEndpointId: t.id({ required: true, description: 'The endpoint: `webhook_endpoint_…`.' }),
    ids: t.idList({
      description:
        `These messages, DEAD or DELIVERED, at most ${MAX_IDS.toLocaleString('en')}. Those still ` +
        'pending, or of another endpoint, are skipped.',
    }),
    filter: t.field({
      type: WebhookDeliveryFilter,
      description: 'The matching messages: DEAD ones, and DELIVERED ones if `status` names them.',
    }),
    all: t.boolean({ description: 'Every DEAD message.' }),
  }),
})

const SendTestWebhookInput = builder.inputType('SendTestWebhookInput', {
  description: 'Where to send a test message.',
  fields: (t) => ({
    webhookEndpointId: t.id({ required: true, description: 'The endpoint: `webhook_endpoint_…`.' }),
  }),
})

type Status = 'DEAD' | 'DELIVERED'
const STATUSES = ['DEAD', 'DELIVERED'] as const satisfies Status[]

builder.mutationFields((t) => ({
  replayWebhookDeliveries: t.field({
    type: WebhookDeliveryBatch,
    description:
      'Resends messages that were given up or that the receiver has lost, oldest first, at most 10,000. They keep ' +
      'their ids, bodies and order. Needs the scopes `webhooks:write` and `directory:read`.',
    errors: {
      types: [NotFoundError, ValidationError, ForbiddenError],
      union: { name: 'ReplayWebhookDeliveriesResult', description: 'The messages, or why nothing was done.' },
    },
    args: { input: t.arg({ type: ReplayWebhookDeliveriesInput, required: true, description: 'Which ones.' }) },
    resolve: async (_root, { input }, context) => {
      requireWebhooksWrite(context)
      const issues = choiceIssues(input, { ways: 'ids, filter and all', what: 'messages', statuses: STATUSES })
      if (issues.length > 0) throw new ValidationError(...issues)
      const { webhookEndpointId, ids, filter } = input
      await theWebhookEndpoint(context, webhookEndpointId)
      const choice = {
        endpointId: webhookEndpointId,
        ...(ids != null && { ids }),
        statuses: ids != null ? STATUSES : ((filter?.status as Status[] | null) ?? ['DEAD']),
        ...(filter?.createdAfter != null && { createdAfter: filter.createdAfter }),
        ...(filter?.createdBefore != null && { createdBefore: filter.createdBefore }),
      }
      return act(context, ({ webhooks }) => webhooks.replay(choice, context.viewer.id))
    },
  }),
  sendTestWebhook: t.field({
    type: WebhookDelivery,
    description:
      'Sends a test message of the type `webhook_endpoint.test`. Check the returned delivery for the outcome. ' +
      'Needs the scopes `webhooks:write` and `directory:read`.',
    errors: {
      types: [NotFoundError, ForbiddenError, ConflictError],
      union: { name: 'SendTestWebhookResult', description: 'The message, or why there is none.' },
    },
    args: { input: t.arg({ type: SendTestWebhookInput, required: true, description: 'Where to send it.' }) },
    resolve: async (_root, { input: { webhookEndpointId } }, context) => {
      requireWebhooksWrite(context)
      const endpoint = await theWebhookEndpoint(context, webhookEndpointId)
      if (!endpoint.enabled) throw new ConflictError(`${webhookEndpointId} is disabled: enable it first`)
      const id = await act(context, ({ webhooks }) => webhooks.sendTest(webhookEndpointId))
      const delivery = await context.loaders.webhookDelivery.load(id)
      if (delivery === null) throw new NotFoundError('webhook endpoint', webhookEndpointId) // deleted in the meantime
      return delivery
    },
  }),
}))
