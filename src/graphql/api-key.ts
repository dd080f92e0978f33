import { findKeyIssues } from '../auth/key-issues.ts'
import { covers, hasScope, scopes } from '../auth/viewer.ts'
import type { ApiKey as Model } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { administratorOf } from './administrator.ts'
import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import { ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import type { Listing, Order } from './lists/listing.ts'
import { Node, registerNode } from './node.ts'
import { Organization } from './organization.ts'
import { ownRows } from './own-rows.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'
import { requireScope } from './require-scope.ts'

export const ApiKey = builder.prismaObject('ApiKey', {
  description: 'A credential for a backend. Its secret is shown only once, on creation.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `api_key_…`.' }),
    name: t.exposeString('name', { description: 'What it is for.' }),
    prefix: t.exposeString('prefix', { description: 'The first characters of the secret, for telling keys apart.' }),
    secret: t.string({
      nullable: true,
      description:
        'What to send as `Authorization: Bearer …`. Shown only once, in the response to `createApiKey`; null ' +
        'afterwards.',
      resolve: (key) => ('secret' in key && typeof key.secret === 'string' ? key.secret : null),
    }),
    scopes: t.exposeStringList('scopes', { description: 'What it may do.' }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The one organization it can see; null if it can see all.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it expires; null for never.',
    }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true, description: 'When it was revoked.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute.',
    }),
  }),
})

registerNode({
  prefix: 'api_key_',
  load: async (id, { loaders, viewer }) => {
    const key = hasScope(viewer, 'keys:write') ? await loaders.apiKey.load(id) : null
    return key && ApiKey.addBrand(key)
  },
})

const ApiKeyConnection = connectionType('ApiKey', ApiKey)

const LISTING: Listing = {
  from: 'api_key x',
  columns: `
    x.id, x.name, x.prefix, x.scopes, x.organization_id as "organizationId", x.created_at as "createdAt",
    x.expires_at as "expiresAt", x.revoked_at as "revokedAt", x.last_used_at as "lastUsedAt"`,
  parent: null,
}
const BY_ID: Order = { name: 'ID', column: 'x.id', type: 'text', descending: false, unique: true }

builder.queryField('apiKeys', (t) =>
  t.field({
    type: ApiKeyConnection,
    authScopes: { scope: 'keys:write' },
    skipTypeScopes: true,
    description: 'The API keys you can revoke, including revoked ones, oldest first. Needs the scope `keys:write`.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: (_root, args, context) => {
      const request = { listing: LISTING, conditions: ownRows(context.viewer), order: BY_ID, parentId: null, args }
      return readConnection<Model>(context, request)
    },
  }),
)

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'The API key to create.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for: 1 to 100 characters.' }),
    scopes: t.stringList({
      required: true,
      description: `What it may do: ${Object.keys(scopes).join(', ')}, or \`*\` for everything.`,
    }),
    organizationId: t.id({
      description: 'The one organization it can see. Organization-bound viewers can create keys only for their own.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it expires.' }),
  }),
})

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'The API key to revoke.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id: `api_key_…`.' }) }),
})

function check(input: typeof CreateApiKeyInput.$inferInput, now: Date): void {
  const { organizationId = null, expiresAt = null } = input
  const issues = findKeyIssues({ ...input, organizationId, expiresAt }, now)
  if (issues.length > 0)
    throw new ValidationError(...issues.map(({ path, message }) => ({ path: ['input', ...path], message })))
}

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: ApiKey,
    description: 'Creates an API key. Needs the scope `keys:write` and every scope that the key is given.',
    errors: {
      types: [ValidationError, ForbiddenError],
      union: { name: 'CreateApiKeyResult', description: 'The new key, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The key to create.' }) },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'keys:write')
      const { viewer } = context
      check(input, context.now())
      // Callers cannot grant more than they have. Only a holder of a wildcard can grant it, since it will cover scopes
      // added later.
      const lacked = input.scopes.find((scope) => !covers(viewer.scopes, scope))
      if (lacked !== undefined) throw new ForbiddenError(lacked, `You cannot grant ${lacked}: you do not have it`)
      const organizationId = input.organizationId ?? viewer.organizationId
      if (viewer.organizationId !== null && organizationId !== viewer.organizationId) {
        throw new ForbiddenError(null, 'You can create keys only for your own organization')
      }
      const { name, expiresAt = null } = input
      const key = { name: name.trim(), scopes: input.scopes, organizationId, expiresAt, createdBy: viewer.id }
      const { id, secret } = await act(context, ({ keys }) => keys.create(key))
      return { ...(await context.loaders.apiKey.load(id))!, secret }
    },
  }),
  revokeApiKey: t.field({
    type: ApiKey,
    description:
      'Revokes an API key. Within a second, requests with it are refused and its sockets are closed. Needs the ' +
      'scope `keys:write`.',
    errors: {
      types: [NotFoundError, ForbiddenError],
      union: { name: 'RevokeApiKeyResult', description: 'The key, or why it was not revoked.' },
    },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'The key to revoke.' }) },
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'keys:write')
      const found = await act(context, ({ keys }) => keys.revoke(input.id, by))
      const apiKey = found ? await context.loaders.apiKey.load(input.id) : null
      if (apiKey === null) throw new NotFoundError('API key', input.id)
      return apiKey
    },
  }),
}))
