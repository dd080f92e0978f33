import { providerOf } from '../directory/providers.ts'
import type { Directory as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import { listOfEach } from './lists/list-of-each.ts'
import { equal, oneOf, type Condition, type Listing } from './lists/listing.ts'
import { Node, registerNode } from './node.ts'
import { indexesOf, orderDirection, orderOf, type Sortable } from './lists/order.ts'
import { Organization } from './organization.ts'
import { ownRows } from './own-rows.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'
import { Provider } from './provider.ts'

export const DirectoryState = builder.enumType('DirectoryState', {
  description: "The state of a directory's connection to its provider.",
  values: {
    ACTIVE: { description: 'Connected. WorkOS also calls it linked.' },
    VALIDATING: { description: 'WorkOS is checking the connection.' },
    INVALID_CREDENTIALS: {
      description: 'The provider rejects the credentials: nothing arrives until they are renewed.',
    },
    INACTIVE: { description: 'Not connected. WorkOS also calls it unlinked.' },
    DELETING: { description: 'WorkOS is deleting it.' },
    DELETED: { description: 'Deleted, along with all its users and groups.' },
  } as const,
})

export const Directory = builder.prismaObject('Directory', {
  description: "A customer's directory: one identity provider or HR system that WorkOS syncs for an organization.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "WorkOS's id: `directory_…`." }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The organization it belongs to; null if WorkOS has not said.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    name: t.exposeString('name', {
      description: 'Its name in the WorkOS dashboard, or its id until the name is known.',
    }),
    type: t.exposeString('type', {
      description: "WorkOS's own string, such as `okta scim v2.0`; `unknown` until it is known.",
    }),
    provider: t.field({ type: Provider, description: 'What `type` means.', resolve: ({ type }) => providerOf(type) }),
    state: t.field({
      type: DirectoryState,
      description: 'The state of its connection to the provider.',
      resolve: ({ state, deletedAt }) => (deletedAt === null ? state : 'DELETED'),
    }),
    domains: t.exposeStringList('domains', {
      description: "The organization's domains, as listed when the directory was activated.",
    }),
    groupCount: t.int({
      description: 'How many groups it has, excluding deleted ones.',
      resolve: ({ id }, _args, { loaders }) => loaders.groupCounts.load(id),
    }),
    lastSyncedAt: t.expose('lastSyncedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last successful sync run ended; a dry run does not count.',
    }),
    lastEventAt: t.expose('lastEventAt', {
      type: 'DateTime',
      nullable: true,
      description: "When its newest event happened, by WorkOS's clock.",
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When WorkOS created it.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When WorkOS last changed it.' }),
    deletedAt: t.expose('deletedAt', { type: 'DateTime', nullable: true, description: 'When it was deleted.' }),
  }),
})

registerNode({
  prefix: 'directory_',
  load: async (id, { loaders }) => {
    const directory = await loaders.directory.load(id)
    return directory && Directory.addBrand(directory)
  },
})

const DirectoryConnection = connectionType('Directory', Directory)

const DirectoryFilter = builder.inputType('DirectoryFilter', {
  description:
    'Filters directories. Omitted fields do not restrict; deleted ones are included only if `state` asks for them.',
  fields: (t) => ({
    state: t.field({ type: [DirectoryState], description: 'In one of these states.' }),
    organizationId: t.id({ description: 'Of this organization.' }),
    type: t.string({ description: 'Of this type, exactly.' }),
    updatedAfter: t.field({ type: 'DateTime', description: 'Changed in WorkOS after this moment.' }),
  }),
})

type State = typeof DirectoryState.$inferType
type OrderField = 'CREATED_AT' | 'UPDATED_AT' | 'NAME'
const COLUMNS: Sortable<OrderField> = {
  CREATED_AT: { column: 'x.created_at', type: 'timestamptz' },
  UPDATED_AT: { column: 'x.updated_at', type: 'timestamptz' },
  NAME: { column: 'x.name', type: 'text' },
}
const DirectoryOrder = builder.inputType('DirectoryOrder', {
  description: 'The order of directories.',
  fields: (t) => ({
    field: t.field({
      type: builder.enumType('DirectoryOrderField', {
        description: 'What directories are ordered by.',
        values: {
          CREATED_AT: { description: 'When WorkOS created it.' },
          UPDATED_AT: { description: 'When WorkOS last changed it.' },
          NAME: { description: 'Its name.' },
        } as const,
      }),
      required: true,
      description: 'The field to order by.',
    }),
    direction: t.field({ type: orderDirection, defaultValue: 'ASC', description: 'The direction.' }),
  }),
})

const columns = `
  x.id, x.organization_id as "organizationId", x.external_key as "externalKey", x.name, x.type, x.state, x.domains,
  x.created_at as "createdAt", x.updated_at as "updatedAt", x.deleted_at as "deletedAt", x.last_event_at as "lastEventAt",
  x.last_synced_at as "lastSyncedAt", x.guard_minimum as "guardMinimum", x.guard_percent as "guardPercent",
  x.foreign_noted_at as "foreignNotedAt"`
const LISTING: Listing = {
  from: 'directory x',
  columns,
  parent: null,
  mirrors: 'id',
  logged: true,
  indexes: indexesOf(COLUMNS, ['x.organization_id'], []),
}
const OF_ORGANIZATION: Listing = { ...LISTING, parent: 'x.organization_id' }

// The table has no state DELETED: a deleted directory keeps its last state.
function ofState(states: readonly State[] | null | undefined): Condition {
  const live = { sql: 'x.deleted_at is null', most: true as const }
  if (states == null) return live
  const stored = states.filter((state) => state !== 'DELETED')
  const { sql, value } = oneOf('x.state', '"DirectoryState"', stored)
  if (stored.length === states.length) return { sql: `${live.sql} and ${sql}`, value }
  return stored.length === 0
    ? { sql: 'x.deleted_at is not null' }
    : { sql: `(x.deleted_at is not null or ${sql})`, value }
}

function conditionsOf(filter: typeof DirectoryFilter.$inferInput | null | undefined): Condition[] {
  const { state, organizationId, type, updatedAfter } = filter ?? {}
  const conditions: Condition[] = []
  conditions.push(ofState(state))
  if (organizationId != null) conditions.push(equal('x.organization_id', 'text', organizationId))
  if (type != null) conditions.push({ sql: 'x.type = ?', value: type })
  if (updatedAfter != null) conditions.push({ sql: 'x.updated_at > ?', value: updatedAfter })
  return conditions
}

builder.objectField(Organization, 'directories', (t) =>
  t.field({
    type: DirectoryConnection,
    description: 'Its directories, oldest first, excluding deleted ones.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: listOfEach<Model>((args) => {
      const order = orderOf(COLUMNS, null, 'CREATED_AT')
      return { listing: OF_ORGANIZATION, conditions: conditionsOf(null), order, args }
    }),
  }),
)

builder.queryFields((t) => ({
  directory: t.field({
    type: Directory,
    nullable: true,
    description: 'A directory by id; null if there is none you can see.',
    args: { id: t.arg.id({ required: true, description: "WorkOS's id: `directory_…`." }) },
    resolve: (_root, { id }, { loaders }) => loaders.directory.load(id),
  }),
  directories: t.field({
    type: DirectoryConnection,
    description: 'The directories you can see, oldest first by default.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: DirectoryFilter, description: 'Filters the result.' }),
      orderBy: t.arg({ type: DirectoryOrder, description: 'How to order the list.' }),
    },
    complexity: pageCost,
    resolve: (_root, { filter, orderBy, ...args }, context, info) => {
      const order = orderOf(COLUMNS, orderBy, 'CREATED_AT')
      const conditions = [...conditionsOf(filter), ...ownRows(context.viewer)]
      return readConnection<Model>(context, { listing: LISTING, info, conditions, order, parentId: null, args })
    },
  }),
}))
