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
  description: 'A credential of a backend. Its secret is shown once, when it is made.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `api_key_…`.' }),
    name: t.exposeString('name', { description: 'What it is for.' }),
    prefix: t.exposeString('prefix', { description: 'The first characters of its secret, to tell keys apart.' }),
    secret: t.string({
      nullable: true,
      description:
        'What to send as `Authorization: Bearer …`. Shown once, in the answer to `createApiKey`; null ever after.',
      resolve: (key) => ('secret' in key && typeof key.secret === 'string' ? key.secret : null),
    }),
    scopes: t.exposeStringList('scopes', { description: 'What it may do.' }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The one organization that it sees; null where it sees all.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends by itself; null for never.',
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
    description: 'The API keys that you may revoke, oldest first, revoked ones too. Needs the scope `keys:write`.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: (_root, args, context) => {
      const request = { listing: LISTING, conditions: ownRows(context.viewer), order: BY_ID, parentId: null, args }
      return readConnection<Model>(context, request)
    },
  }),
)

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A key to be made.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for: 1 to 100 characters.' }),
    scopes: t.stringList({
      required: true,
      description: `What it may do: ${Object.keys(scopes).join(', ')}, or \`*\` for everything.`,
    }),
    organizationId: t.id({
      description:
        'The one organization that it is to see. A viewer that is bound to one can make keys for that one only.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it is to end by itself.' }),
  }),
})

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'A key to be revoked.',
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
    description: 'Makes an API key. Needs the scope `keys:write`, and each scope that the key is to have.',
    errors: {
      types: [ValidationError, ForbiddenError],
      union: { name: 'CreateApiKeyResult', description: 'The new key, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The key to be made.' }) },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'keys:write')
      const { viewer } = context
      check(input, context.now())
      // Nobody hands on more than they have: a wildcard only who has it, since it grows with the scopes that are added
      // later.
      const lacked = input.scopes.find((scope) => !covers(viewer.scopes, scope))
      if (lacked !== undefined) throw new ForbiddenError(lacked, `You cannot grant ${lacked}: you do not have it`)
      const organizationId = input.organizationId ?? viewer.organizationId
      if (viewer.organizationId !== null && organizationId !== viewer.organizationId) {
        throw new ForbiddenError(null, 'You can make keys for your own organization only')
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
      'Ends an API key. Requests with it are refused, and its sockets are closed, within a second. Needs the scope `keys:write`.',
    errors: {
      types: [NotFoundError, ForbiddenError],
      union: { name: 'RevokeApiKeyResult', description: 'The key, or why it was not revoked.' },
    },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'The key to be revoked.' }) },
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'keys:write')
      const found = await act(context, ({ keys }) => keys.revoke(input.id, by))
      const apiKey = found ? await context.loaders.apiKey.load(input.id) : null
      if (apiKey === null) throw new NotFoundError('API key', input.id)
      return apiKey
    },
  }),
}))
