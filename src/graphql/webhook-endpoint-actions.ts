import { isOrganizationId, NOT_AN_ORGANIZATION } from '../operations/organization-id.ts'
import type { Issue } from '../operations/refusal.ts'
import { act } from './act.ts'
import { builder } from './builder.ts'
import { ChangeKind } from './changes/change-kinds.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { requireScope } from './require-scope.ts'
import { WebhookEndpoint, type WebhookEndpointShape } from './webhook-endpoint.ts'

const LONGEST_DESCRIPTION = 500
const DAY_S = 86_400
const LONGEST_GRACE_S = 7 * DAY_S

const url =
  'The HTTPS URL to post messages to. Private and local addresses are refused, as are URLs with a user or password.'
const kinds = 'The kinds of changes to send; all if empty.'
const description = `What it is for: at most ${LONGEST_DESCRIPTION} characters.`

const CreateWebhookEndpointInput = builder.inputType('CreateWebhookEndpointInput', {
  description: 'The endpoint to create.',
  fields: (t) => ({
    organizationId: t.id({
      description:
        'The one organization whose changes it receives. Organization-bound viewers can create endpoints only for ' +
        'their own.',
    }),
    url: t.string({ required: true, description: url }),
    description: t.string({ description }),
    kinds: t.field({ type: [ChangeKind], description: kinds }),
  }),
})

const UpdateWebhookEndpointInput = builder.inputType('UpdateWebhookEndpointInput', {
  description: 'Changes to an endpoint. Omitted fields keep their value.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id: `webhook_endpoint_…`.' }),
    url: t.string({ description: `${url} Pending messages are sent there immediately.` }),
    description: t.string({ description }),
    kinds: t.field({ type: [ChangeKind], description: `${kinds} Existing messages are kept.` }),
    enabled: t.boolean({
      description:
        'Whether messages are created and sent. Changes that happen while it is disabled are sent once it is ' +
        'enabled again.',
    }),
  }),
})

const DeleteWebhookEndpointInput = builder.inputType('DeleteWebhookEndpointInput', {
  description: 'The endpoint to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id: `webhook_endpoint_…`.' }) }),
})

const RotateWebhookSecretInput = builder.inputType('RotateWebhookSecretInput', {
  description: 'The endpoint whose secret to rotate.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id: `webhook_endpoint_…`.' }),
    gracePeriodSeconds: t.int({
      required: true,
      defaultValue: DAY_S,
      description:
        'How long messages are also signed with the former secret: 0 to ' +
        `${LONGEST_GRACE_S.toLocaleString('en')}; defaults to one day.`,
    }),
  }),
})

/**
 * Throws ForbiddenError unless the viewer may also read changes, since a caller who has them sent somewhere can read
 * them there.
 */
export function requireWebhooksWrite(context: Context): void {
  requireScope(context, 'webhooks:write')
  requireScope(context, 'directory:read')
}

/** Returns the viewer's current endpoint. Throws NotFoundError if there is none. */
export async function theWebhookEndpoint({ loaders }: Context, id: string): Promise<WebhookEndpointShape> {
  const endpoint = await loaders.webhookEndpoint.load(id)
  if (endpoint === null) throw new NotFoundError('webhook endpoint', id)
  return endpoint
}

interface Decided {
  readonly url?: string | null | undefined
  readonly description?: string | null | undefined
}

function check({ operations }: Context, { url, description }: Decided, more: readonly Issue[] = []): void {
  const issues = [...more]
  const issue = url == null ? null : operations().webhooks.issueOfUrl(url)
  if (issue !== null) issues.push({ path: ['input', 'url'], message: issue })
  if ((description ?? '').trim().length > LONGEST_DESCRIPTION)
    issues.push({ path: ['input', 'description'], message: `must have at most ${LONGEST_DESCRIPTION} characters` })
  if (issues.length > 0) throw new ValidationError(...issues)
}

builder.mutationFields((t) => ({
  createWebhookEndpoint: t.field({
    type: WebhookEndpoint,
    description:
      'Creates an endpoint, which receives changes from now on. Its `secret` is shown only in this response. Needs ' +
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
        throw new ForbiddenError(null, 'You can create endpoints only for your own organization')
      const isId = organizationId === null || isOrganizationId(organizationId)
      const issue = { path: ['input', 'organizationId'], message: NOT_AN_ORGANIZATION }
      check(context, input, isId ? [] : [issue])
      const { url, description, kinds } = input
      const endpoint = { organizationId, url, description: (description ?? '').trim(), kinds: [...new Set(kinds)] }
      const made = await act(context, ({ webhooks }) => webhooks.create(endpoint, viewer.id))
      if (made === null) throw new ConflictError('The limit of endpoints is reached: delete one first')
      return { ...(await theWebhookEndpoint(context, made.id)), secret: made.secret }
    },
  }),
  updateWebhookEndpoint: t.field({
    type: WebhookEndpoint,
    description:
      'Changes an endpoint. One that is enabled again continues where it stopped, and its pending messages start ' +
      'over with all their attempts. Needs the scopes `webhooks:write` and `directory:read`.',
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
      union: { name: 'DeleteWebhookEndpointResult', description: 'The former endpoint, or why it was not deleted.' },
    },
    args: { input: t.arg({ type: DeleteWebhookEndpointInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input: { id } }, context) => {
      requireWebhooksWrite(context)
      const endpoint = await theWebhookEndpoint(context, id)
      await act(context, ({ webhooks }) => webhooks.remove(id, context.viewer.id))
      // Returned as it was before, also through its messages, which exist for a moment longer.
      context.loaders.webhookEndpoint.prime(id, endpoint)
      return endpoint
    },
  }),
  rotateWebhookSecret: t.field({
    type: WebhookEndpoint,
    description:
      'Creates a new secret for an endpoint, shown only in this response. During the grace period, each message is ' +
      'signed with both the old and the new secret. Needs the scopes `webhooks:write` and `directory:read`.',
    errors: {
      types: [NotFoundError, ValidationError, ForbiddenError, ConflictError],
      union: { name: 'RotateWebhookSecretResult', description: 'The endpoint, or why it has no new secret.' },
    },
    args: { input: t.arg({ type: RotateWebhookSecretInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input: { id, gracePeriodSeconds } }, context) => {
      requireWebhooksWrite(context)
      if (gracePeriodSeconds < 0 || gracePeriodSeconds > LONGEST_GRACE_S)
        throw new ValidationError({
          path: ['input', 'gracePeriodSeconds'],
          message: `must be 0 to ${LONGEST_GRACE_S.toLocaleString('en')}`,
        })
      await theWebhookEndpoint(context, id)
      const graceMs = gracePeriodSeconds * 1_000
      const secret = await act(context, ({ webhooks }) => webhooks.rotateSecret(id, graceMs, context.viewer.id))
      const endpoint = await theWebhookEndpoint(context, id)
      if (secret === null)
        throw new ConflictError('The limit of former secrets is reached: wait until one expires, or use 0 seconds')
      return { ...endpoint, secret }
    },
  }),
}))
