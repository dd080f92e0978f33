import { act } from './act.ts'
import { builder } from './builder.ts'
import { ChangeKind } from './changes/change-kinds.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError, type ValidationIssue } from './errors.ts'
import { requireScope } from './require-scope.ts'
import { WebhookEndpoint, type WebhookEndpointShape } from './webhook-endpoint.ts'

const LONGEST_DESCRIPTION = 500
const DAY_S = 86_400
const LONGEST_GRACE_S = 7 * DAY_S

const url =
  'Where to post messages to, by HTTPS. Private and local addresses are refused, and so are users and passwords in it.'
const kinds = 'What to tell of; everything where it is empty.'
const description = `What it is for: ${LONGEST_DESCRIPTION} characters at the most.`

const CreateWebhookEndpointInput = builder.inputType('CreateWebhookEndpointInput', {
  description: 'An endpoint to be made.',
  fields: (t) => ({
    organizationId: t.id({
      description:
        'The one organization that it is to be told of. A viewer that is bound to one can make endpoints for that one only.',
    }),
    url: t.string({ required: true, description: url }),
    description: t.string({ description }),
    kinds: t.field({ type: [ChangeKind], description: kinds }),
  }),
})

const UpdateWebhookEndpointInput = builder.inputType('UpdateWebhookEndpointInput', {
  description: 'An endpoint to be changed. What is left out stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id: `webhook_endpoint_…`.' }),
    url: t.string({ description: `${url} What waits is sent there at once.` }),
    description: t.string({ description }),
    kinds: t.field({ type: [ChangeKind], description: `${kinds} What was made before stays.` }),
    enabled: t.boolean({
      description:
        'Whether messages are made and sent. What happens while they are not is told of when they are again.',
    }),
  }),
})

const DeleteWebhookEndpointInput = builder.inputType('DeleteWebhookEndpointInput', {
  description: 'An endpoint to be deleted.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id: `webhook_endpoint_…`.' }) }),
})

const RotateWebhookSecretInput = builder.inputType('RotateWebhookSecretInput', {
  description: 'An endpoint that is to have a new secret.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id: `webhook_endpoint_…`.' }),
    gracePeriodSeconds: t.int({
      required: true,
      defaultValue: DAY_S,
      description: `How long messages are signed with the former secret too: 0 to ${LONGEST_GRACE_S}, a day where it is left out.`,
    }),
  }),
})

/** Throws what refuses a viewer: whoever has changes sent somewhere reads them there. */
export function requireWebhooksWrite(context: Context): void {
  requireScope(context, 'webhooks:write')
  requireScope(context, 'directory:read')
}

/** An endpoint of the viewer's as it is now. Throws NotFoundError where there is none. */
export async function theWebhookEndpoint({ loaders }: Context, id: string): Promise<WebhookEndpointShape> {
  const endpoint = await loaders.webhookEndpoint.load(id)
  if (endpoint === null) throw new NotFoundError('webhook endpoint', id)
  return endpoint
}

interface Decided {
  readonly url?: string | null | undefined
  readonly description?: string | null | undefined
}

function check({ operations }: Context, { url, description }: Decided, more: readonly ValidationIssue[] = []): void {
  const issues = [...more]
  const issue = url == null ? null : operations.webhooks.issueOfUrl(url)
  if (issue !== null) issues.push({ path: ['input', 'url'], message: issue })
  if ((description ?? '').trim().length > LONGEST_DESCRIPTION)
    issues.push({ path: ['input', 'description'], message: `must have ${LONGEST_DESCRIPTION} characters at the most` })
  if (issues.length > 0) throw new ValidationError(...issues)
}

builder.mutationFields((t) => ({
  createWebhookEndpoint: t.field({
    type: WebhookEndpoint,
    description:
      'Makes an endpoint, which is told of what happens from now on. Its `secret` is in this answer and nowhere else. Needs ' +
      'the scopes `webhooks:write` and `directory:read`.',
    errors: {
      types: [ValidationError, ForbiddenError, ConflictError],
      union: { name: 'CreateWebhookEndpointResult', description: 'The new endpoint, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateWebhookEndpointInput, required: true, description: 'The endpoint.' }) },
    resolve: async (_root, { input }, context) => {
      requireWebhooksWrite(context)
      const { viewer } = context
      const organizationId = input.organizationId ?? viewer.organizationId
      if (viewer.organizationId !== null && organizationId !== viewer.organizationId)
        throw new ForbiddenError(null, 'You can make endpoints for your own organization only')
      const isId = organizationId === null || /^\S{1,200}$/.test(organizationId)
      const issue = { path: ['input', 'organizationId'], message: "must be an organization's id" }
      check(context, input, isId ? [] : [issue])
      const { url, description, kinds } = input
      const endpoint = { organizationId, url, description: (description ?? '').trim(), kinds: [...new Set(kinds)] }
      const made = await act(context, ({ webhooks }) => webhooks.create(endpoint, viewer.id))
      if (made === null) throw new ConflictError('There are as many endpoints as there may be: delete one first')
      return { ...(await theWebhookEndpoint(context, made.id)), secret: made.secret }
    },
  }),
  updateWebhookEndpoint: t.field({
    type: WebhookEndpoint,
    description:
      'Changes an endpoint. One that is enabled again goes on where it stopped, and what waits for it has all its attempts ' +
      'before it. Needs the scopes `webhooks:write` and `directory:read`.',
    errors: {
      types: [NotFoundError, ValidationError, ForbiddenError],
      union: { name: 'UpdateWebhookEndpointResult', description: 'The endpoint, or why nothing was changed.' },
    },
    args: { input: t.arg({ type: UpdateWebhookEndpointInput, required: true, description: 'The changes.' }) },
    resolve: async (_root, { input }, context) => {
      requireWebhooksWrite(context)
      check(context, input)
      const { id, url, description, kinds, enabled } = input
      await theWebhookEndpoint(context, id)
      const settings = {
        ...(url != null && { url }),
        ...(description != null && { description: description.trim() }),
        ...(kinds != null && { kinds: [...new Set(kinds)] }),
        ...(enabled != null && { enabled }),
      }
      await act(context, ({ webhooks }) => webhooks.update(id, settings, context.viewer.id))
      return theWebhookEndpoint(context, id)
    },
  }),
  deleteWebhookEndpoint: t.field({
    type: WebhookEndpoint,
    description:
      'Deletes an endpoint with its messages: nothing more is sent. Needs the scopes `webhooks:write` and `directory:read`.',
    errors: {
      types: [NotFoundError, ForbiddenError],
      union: { name: 'DeleteWebhookEndpointResult', description: 'The endpoint as it was, or why it is still there.' },
    },
    args: { input: t.arg({ type: DeleteWebhookEndpointInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input: { id } }, context) => {
      requireWebhooksWrite(context)
      const endpoint = await theWebhookEndpoint(context, id)
      await act(context, ({ webhooks }) => webhooks.remove(id, context.viewer.id))
      // It is told as it was, also by its messages, which are there for a moment longer.
      context.loaders.webhookEndpoint.prime(id, endpoint)
      return endpoint
    },
  }),
  rotateWebhookSecret: t.field({
    type: WebhookEndpoint,
    description:
      'Makes a new secret for an endpoint, which is in this answer and nowhere else. For the time of grace each message has a ' +
      'signature by each secret. Needs the scopes `webhooks:write` and `directory:read`.',
    errors: {
      types: [NotFoundError, ValidationError, ForbiddenError, ConflictError],
      union: { name: 'RotateWebhookSecretResult', description: 'The endpoint, or why it has no new secret.' },
    },
    args: { input: t.arg({ type: RotateWebhookSecretInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input: { id, gracePeriodSeconds } }, context) => {
      requireWebhooksWrite(context)
      if (gracePeriodSeconds < 0 || gracePeriodSeconds > LONGEST_GRACE_S)
        throw new ValidationError({ path: ['input', 'gracePeriodSeconds'], message: `must be 0 to ${LONGEST_GRACE_S}` })
      await theWebhookEndpoint(context, id)
      const graceMs = gracePeriodSeconds * 1_000
      const secret = await act(context, ({ webhooks }) => webhooks.rotateSecret(id, graceMs, context.viewer.id))
      const endpoint = await theWebhookEndpoint(context, id)
      if (secret === null)
        throw new ConflictError(
          'There are as many former secrets as there may be: wait until one ends, or give 0 seconds',
        )
      return { ...endpoint, secret }
    },
  }),
}))
