import type { DirectoryGroup as Model, DirectoryUser as UserModel } from '../generated/prisma/client.ts'
import { asOfDescription, membersAsOf, refuseWithAsOf, type AsOfArgument } from './as-of.ts'
import { builder } from './builder.ts'
import { columnsFor, selectOf } from './lists/columns.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import { DirectoryUser, DirectoryUserConnection } from './directory-user.ts'
import { DirectoryUserFilter, userConditions } from './directory-user-filter.ts'
import { BY_USER_ID, USERS_OF_GROUP } from './directory-user-lists.ts'
import { Directory } from './directory.ts'
import { listOfEach, type ListArguments } from './lists/list-of-each.ts'
import { equal, type Condition, type Listing } from './lists/listing.ts'
import { Node, registerNode } from './node.ts'
import { indexesOf, orderDirection, orderOf, type Sortable } from './lists/order.ts'
import { OWNER, ownRows } from './own-rows.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'
import { searched } from './lists/search.ts'

type MemberArguments = ListArguments<typeof DirectoryUserFilter.$inferInput> & AsOfArgument

export const DirectoryGroup = builder.prismaObject('DirectoryGroup', {
  description: 'A group of a directory. Identify it by id: names can change and be reused.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "WorkOS's id: `directory_group_…`." }),
    directory: t.field({
      type: Directory,
      description: 'The directory it belongs to.',
      resolve: ({ directoryId }, _args, { loaders }) => loaders.present('directory', directoryId),
    }),
    idpId: t.exposeString('idpId', {
      description: "The provider's own id. Okta uses the name the group had on creation.",
    }),
    name: t.exposeString('name', { description: 'Its current name; empty if never known.' }),
    members: t.field({
      type: DirectoryUserConnection,
      description: 'Its members, by id, including inactive ones. Deleted ones are hidden until they come back.',
      args: {
        ...pageArguments(t.arg),
        filter: t.arg({ type: DirectoryUserFilter, description: 'Filters the result.' }),
        asOf: t.arg({ type: 'DateTime', description: asOfDescription }),
      },
      complexity: pageCost,
      resolve: listOfEach<UserModel, MemberArguments>(({ filter, asOf, ...args }, context, info) => {
        if (asOf != null)
          return ({ id }) => {
            refuseWithAsOf(filter, 'filter')
            return membersAsOf(context, id, asOf, args)
          }
        const conditions = filter == null ? [] : userConditions(filter, BY_USER_ID)
        return { listing: USERS_OF_GROUP, info, conditions, order: BY_USER_ID, args }
      }),
    }),
    memberCount: t.int({
      description: 'How many members it has, including inactive ones.',
      resolve: ({ id }, _args, { loaders }) => loaders.memberCounts.load(id),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When WorkOS first knew it.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When WorkOS last changed it.' }),
    deletedAt: t.expose('deletedAt', { type: 'DateTime', nullable: true, description: 'When it was deleted.' }),
  }),
})

registerNode({
  prefix: 'directory_group_',
  load: async (id, { loaders }) => {
    const group = await loaders.directoryGroup.load(id)
    return group && DirectoryGroup.addBrand(group)
  },
})

const DirectoryGroupConnection = connectionType('DirectoryGroup', DirectoryGroup)

const DirectoryGroupFilter = builder.inputType('DirectoryGroupFilter', {
  description: 'Filters groups. Omitted fields do not restrict. Deleted groups are not listed.',
  fields: (t) => ({
    directoryId: t.id({ description: 'Of this directory.' }),
    organizationId: t.id({ description: 'Of this organization.' }),
    userId: t.id({ description: 'Which this directory user is a member of.' }),
    search: t.string({ description: 'With all these words in the name, in any order, ignoring case and accents.' }),
    updatedAfter: t.field({ type: 'DateTime', description: 'Changed in WorkOS after this moment.' }),
  }),
})

type OrderField = 'CREATED_AT' | 'UPDATED_AT' | 'NAME'
const COLUMNS: Sortable<OrderField> = {
  CREATED_AT: { column: 'x.created_at', type: 'timestamptz' },
  UPDATED_AT: { column: 'x.updated_at', type: 'timestamptz' },
  NAME: { column: 'x.sort_name', type: 'text' },
}
const BY_NAME = orderOf(COLUMNS, null, 'NAME')
const DirectoryGroupOrder = builder.inputType('DirectoryGroupOrder', {
  description: 'The order of groups.',
  fields: (t) => ({
    field: t.field({
      type: builder.enumType('DirectoryGroupOrderField', {
        description: 'What groups are ordered by.',
        values: {
          CREATED_AT: { description: 'When WorkOS first knew it.' },
          UPDATED_AT: { description: 'When WorkOS last changed it.' },
          NAME: { description: 'Its name, ignoring case and accents.' },
        } as const,
      }),
      required: true,
      description: 'The field to order by.',
    }),
    direction: t.field({ type: orderDirection, defaultValue: 'ASC', description: 'The direction.' }),
  }),
})

const columns = {
  id: 'id',
  directoryId: 'directory_id',
  organizationId: 'organization_id',
  idpId: 'idp_id',
  name: 'name',
  rawAttributes: 'raw_attributes',
  state: 'state',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  deletedAt: 'deleted_at',
}
const MADE_OF = {
  __typename: [],
  id: [],
  directory: ['directoryId'],
  idpId: ['idpId'],
  name: ['name'],
  members: [],
  memberCount: [],
  createdAt: ['createdAt'],
  updatedAt: ['updatedAt'],
  deletedAt: ['deletedAt'],
}
const GROUPS = {
  columns: selectOf(columns),
  columnsFor: columnsFor(columns, ['id', 'directoryId'], MADE_OF),
  mirrors: 'directoryId',
  logged: true,
} as const
const LISTING: Listing = {
  ...GROUPS,
  from: 'directory_group x',
  parent: null,
  indexes: indexesOf(COLUMNS, ['x.directory_id'], ['x.organization_id'], []),
  owner: OWNER,
}
const OF_DIRECTORY: Listing = { ...LISTING, parent: 'x.directory_id' }
const OF_USER: Listing = {
  columns: GROUPS.columns,
  columnsFor: columnsFor(columns, ['id'], MADE_OF), // the user already names the directory it mirrors
  from: 'membership m join directory_group x on x.id = m.group_id',
  fromAlone: 'membership m',
  parent: 'm.user_id',
  always: 'm.visible',
  logged: true,
  few: true,
}
type GroupArguments = ListArguments<typeof DirectoryGroupFilter.$inferInput, typeof DirectoryGroupOrder.$inferInput>
// One list for all parents: see page-plan.ts.
const ALL: readonly Condition[] = []

function conditionsOf(filter: typeof DirectoryGroupFilter.$inferInput | null | undefined): Condition[] {
  const { directoryId, organizationId, userId, search, updatedAfter } = filter ?? {}
  const conditions: Condition[] = [{ sql: `x.state = 'ACTIVE'`, most: true }]
  if (directoryId != null) conditions.push(equal('x.directory_id', 'text', directoryId))
  if (organizationId != null) conditions.push(equal('x.organization_id', 'text', organizationId))
  if (userId != null)
    conditions.push({ sql: 'x.id in (select group_id from membership where user_id = ? and visible)', value: userId })
  conditions.push(...searched('x.sort_name', search))
  if (updatedAfter != null) conditions.push({ sql: 'x.updated_at > ?', value: updatedAfter })
  return conditions
}

builder.objectField(DirectoryUser, 'groups', (t) =>
  t.field({
    type: DirectoryGroupConnection,
    description: 'The groups they are a member of, by name.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: listOfEach<Model>((args, _context, info) => {
      return { listing: OF_USER, info, conditions: ALL, order: BY_NAME, args }
    }),
  }),
)

builder.objectField(Directory, 'groups', (t) =>
  t.field({
    type: DirectoryGroupConnection,
    description: 'Its groups, ordered by name by default.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: DirectoryGroupFilter, description: 'Filters the result.' }),
      orderBy: t.arg({ type: DirectoryGroupOrder, description: 'How to order the list.' }),
    },
    complexity: pageCost,
    resolve: listOfEach<Model, GroupArguments>(({ filter, orderBy, ...args }, _context, info) => {
      return {
        listing: OF_DIRECTORY,
        info,
        conditions: conditionsOf(filter),
        order: orderOf(COLUMNS, orderBy, 'NAME'),
        args,
      }
    }),
  }),
)

builder.queryFields((t) => ({
  directoryGroup: t.field({
    type: DirectoryGroup,
    nullable: true,
    description: 'A group of a directory by id, even if deleted; null if there is none you can see.',
    args: { id: t.arg.id({ required: true, description: "WorkOS's id: `directory_group_…`." }) },
    resolve: (_root, { id }, { loaders }) => loaders.directoryGroup.load(id),
  }),
  directoryGroups: t.field({
    type: DirectoryGroupConnection,
    description: 'The groups of all directories you can see, ordered by name by default.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: DirectoryGroupFilter, description: 'Filters the result.' }),
      orderBy: t.arg({ type: DirectoryGroupOrder, description: 'How to order the list.' }),
    },
    complexity: pageCost,
    resolve: (_root, { filter, orderBy, ...args }, context, info) => {
      const order = orderOf(COLUMNS, orderBy, 'NAME')
      const conditions = [...conditionsOf(filter), ...ownRows(context.viewer)]
      return readConnection<Model>(context, { listing: LISTING, info, conditions, order, parentId: null, args })
    },
  }),
}))
