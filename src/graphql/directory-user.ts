import type { OutputRef } from '@pothos/core'
import { fullName } from '../text/full-name.ts'
import type { Json } from '../directory/objects.ts'
import type { DirectoryUser as Model } from '../generated/prisma/client.ts'
import { asOfDescription, refuseWithAsOf, usersAsOf, type AsOfArgument } from './as-of.ts'
import { addressed, addressedFrom } from './lists/addressed.ts'
import { askedOfOne } from './lists/asked-of-one.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import { Directory } from './directory.ts'
import {
  BY_MEMBERSHIPS,
  CHANGED,
  CHANGED_OF_DIRECTORY,
  OF_DIRECTORY,
  USER_ORDERS,
  USERS,
} from './directory-user-lists.ts'
import { listOfEach, type ListArguments } from './lists/list-of-each.ts'
import { equal, oneOf, type Condition, type Listing, type Order } from './lists/listing.ts'
import { namedIn } from './lists/naming.ts'
import { Node, registerNode } from './node.ts'
import { orderDirection, orderOf } from './lists/order.ts'
import { ownRows } from './own-rows.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'
import { searched } from './lists/search.ts'

export const DirectoryUserState = builder.enumType('DirectoryUserState', {
  description: 'Whether a directory user may have access.',
  values: {
    ACTIVE: { description: 'Active at the identity provider.' },
    INACTIVE: { description: 'Deactivated or suspended at the identity provider.' },
    DELETED: {
      description: 'Deleted. Kept as a tombstone, and restored with all memberships if the same id comes back.',
    },
  } as const,
})

// No loader or list returns UNSEEN.
const stateOfRow: OutputRef<Model['state']> = DirectoryUserState

export const DirectoryUser = builder.prismaObject('DirectoryUser', {
  description: 'A person as known to one directory. The same person in two directories is two directory users.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "WorkOS's id: `directory_user_…`." }),
    directory: t.field({
      type: Directory,
      description: 'The directory they belong to.',
      resolve: ({ directoryId }, _args, { loaders }) => loaders.present('directory', directoryId),
    }),
    idpId: t.exposeString('idpId', { description: "The identity provider's own id; empty if never known." }),
    email: t.exposeString('email', {
      nullable: true,
      description: 'The primary address. Some directories provide none, and addresses may be reused.',
    }),
    firstName: t.exposeString('firstName', { nullable: true, description: 'Given name.' }),
    lastName: t.exposeString('lastName', { nullable: true, description: 'Family name.' }),
    name: t.string({
      nullable: true,
      description: 'The full name from the directory, or first and last name.',
      resolve: ({ name, firstName, lastName }) => fullName(name) ?? fullName(firstName, lastName),
    }),
    username: t.exposeString('username', {
      nullable: true,
      description: 'The sign-in name, if the directory provides it.',
    }),
    state: t.expose('state', {
      type: stateOfRow,
      description: 'Whether they may have access.',
    }),
    customAttributes: t.field({
      type: 'JSON',
      description: 'The attributes mapped in WorkOS, by name.',
      resolve: ({ customAttributes }) => customAttributes as Json,
    }),
    rawAttributes: t.field({
      type: 'JSON',
      authScopes: { scope: 'users:read:raw' },
      description:
        'The attributes as sent by the provider. WorkOS has not sent any since April 2026. Needs the scope ' +
        '`users:read:raw`.',
      resolve: ({ rawAttributes }) => rawAttributes as Json,
    }),
    idpRoles: t.exposeStringList('idpRoles', {
      description: 'Slugs of the roles that WorkOS itself derived from groups.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When WorkOS first knew them.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When WorkOS last changed them. Membership changes do not count.',
    }),
    deletedAt: t.expose('deletedAt', { type: 'DateTime', nullable: true, description: 'When they were deleted.' }),
  }),
})

registerNode({
  prefix: 'directory_user_',
  load: async (id, { loaders }) => {
    const user = await loaders.directoryUser.load(id)
    return user && DirectoryUser.addBrand(user)
  },
})

export const DirectoryUserConnection = connectionType('DirectoryUser', DirectoryUser)

export const DirectoryUserFilter = builder.inputType('DirectoryUserFilter', {
  description:
    'Filters users. Omitted fields do not restrict; deleted users are included only if `state` asks for them.',
  fields: (t) => ({
    state: t.field({ type: [DirectoryUserState], description: 'In one of these states.' }),
    directoryId: t.id({ description: 'Of this directory.' }),
    organizationId: t.id({ description: 'Of this organization.' }),
    groupId: t.id({ description: 'Members of this group.' }),
    search: t.string({
      description: 'With all these words in name, e-mail or username, in any order, ignoring case and accents.',
    }),
    email: t.string({ description: 'With this e-mail address, ignoring case.' }),
    emailPrefix: t.string({ description: 'With an e-mail address that starts with this, ignoring case.' }),
    idpId: t.string({ description: 'With this id at the identity provider, exactly.' }),
    updatedAfter: t.field({ type: 'DateTime', description: 'Changed in WorkOS after this moment.' }),
  }),
})

const DirectoryUserOrder = builder.inputType('DirectoryUserOrder', {
  description: 'The order of users.',
  fields: (t) => ({
    field: t.field({
      type: builder.enumType('DirectoryUserOrderField', {
        description: 'What users are ordered by.',
        values: {
          CREATED_AT: { description: 'When WorkOS first knew them.' },
          UPDATED_AT: { description: 'When WorkOS last changed them.' },
          NAME: { description: 'Family name, then given name, ignoring case and accents.' },
          EMAIL: { description: 'E-mail address, case-insensitive; entries without one come first.' },
        } as const,
      }),
      required: true,
      description: 'The field to order by.',
    }),
    direction: t.field({ type: orderDirection, defaultValue: 'ASC', description: 'The direction.' }),
  }),
})

const STATE = '"DirectoryUserState"'

export function userConditions(
  filter: typeof DirectoryUserFilter.$inferInput | null | undefined,
  order: Order,
): Condition[] {
  const { state, directoryId, organizationId, groupId, search, email, emailPrefix, idpId, updatedAfter } = filter ?? {}
  const conditions: Condition[] = [
    state == null ? { ...oneOf('x.state', STATE, ['ACTIVE', 'INACTIVE']), most: true } : oneOf('x.state', STATE, state),
  ]
  if (directoryId != null) conditions.push(equal('x.directory_id', 'text', directoryId))
  if (organizationId != null) conditions.push(equal('x.organization_id', 'text', organizationId))
  if (groupId != null) conditions.push(namedIn(BY_MEMBERSHIPS, groupId))
  conditions.push(...searched('x.search_text', search), ...addressed(email), ...addressedFrom(emailPrefix))
  if (idpId != null) conditions.push({ sql: 'x.idp_id = ?', value: idpId })
  if (updatedAfter != null) conditions.push(changedSince(updatedAfter, order))
  return conditions
}

// A group's members are in its directory, whose part of a list is shorter to walk, and to count, than that of all.
async function inDirectoryOfGroup(
  filter: typeof DirectoryUserFilter.$inferInput | null | undefined,
  { loaders }: Context,
): Promise<Condition[]> {
  if (filter?.groupId == null || filter.directoryId != null) return []
  const group = await loaders.directoryGroup.load(filter.groupId)
  return group === null ? [] : [equal('x.directory_id', 'text', group.directoryId)]
}

// A few recent rows are found through the index of another table, which in this order is the one that is walked. If
// there are many, a walk in another order checks each row's own column. That check is hidden from PostgreSQL, which
// would otherwise count the repeated condition twice and underestimate the rows.
function changedSince(value: Date, order: Order): Condition {
  const sql = 'x.updated_at > ?'
  if (order.column === USER_ORDERS.UPDATED_AT.column) return { sql, value }
  return {
    sql: `(case when ${sql} then true end) is not null and x.id in (select id from directory_user_recency where updated_at > ?)`,
    value,
  }
}

/**
 * What to count instead of those changed since a moment, if nothing is asked for that the table of last changes lacks;
 * otherwise undefined.
 */
function changedOf(
  listing: Listing,
  filter: typeof DirectoryUserFilter.$inferInput | null | undefined,
  own: readonly Condition[],
) {
  const {
    updatedAfter,
    state: _state,
    directoryId: _directory,
    organizationId: _organization,
    ...others
  } = filter ?? {}
  if (updatedAfter == null || Object.values(others).some((value) => value != null)) return undefined
  return { listing, conditions: [...userConditions(filter, orderOf(USER_ORDERS, null, 'UPDATED_AT')), ...own] }
}

type UserArguments = ListArguments<typeof DirectoryUserFilter.$inferInput, typeof DirectoryUserOrder.$inferInput> &
  AsOfArgument

builder.objectFields(Directory, (t) => ({
  users: t.field({
    type: DirectoryUserConnection,
    description: 'Its users, oldest first by default.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: DirectoryUserFilter, description: 'Filters the result.' }),
      orderBy: t.arg({ type: DirectoryUserOrder, description: 'How to order the list.' }),
      asOf: t.arg({ type: 'DateTime', description: asOfDescription }),
    },
    complexity: pageCost,
    resolve: listOfEach<Model, UserArguments>(
      ({ filter, orderBy, asOf, ...args }, _context, info) => {
        if (asOf != null) return null
        const order = orderOf(USER_ORDERS, orderBy, 'CREATED_AT')
        const counted = changedOf(CHANGED_OF_DIRECTORY, filter, [])
        return { listing: OF_DIRECTORY, info, conditions: userConditions(filter, order), order, args, counted }
      },
      ({ id }, { filter, orderBy, asOf, ...args }, context) => {
        refuseWithAsOf(filter, 'filter')
        refuseWithAsOf(orderBy, 'orderBy')
        return usersAsOf(context, id, asOf!, args)
      },
    ),
  }),
  userCount: t.int({
    description: 'How many users it has in the given state, or in total without deleted ones.',
    args: { state: t.arg({ type: DirectoryUserState, description: 'Only in this state.' }) },
    resolve: ({ id }, { state }, { loaders }) =>
      loaders.userCounts(state == null ? ['ACTIVE', 'INACTIVE'] : [state]).load(id),
  }),
}))

builder.queryFields((t) => ({
  directoryUser: t.field({
    type: DirectoryUser,
    nullable: true,
    description: 'A directory user by id, even if deleted; null if there is none you can see.',
    args: { id: t.arg.id({ required: true, description: "WorkOS's id: `directory_user_…`." }) },
    resolve: (_root, { id }, { loaders }, info) => loaders.asked('directoryUser', askedOfOne(info)).load(id),
  }),
  directoryUsers: t.field({
    type: DirectoryUserConnection,
    description: 'The users of all directories you can see, oldest first by default.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: DirectoryUserFilter, description: 'Filters the result.' }),
      orderBy: t.arg({ type: DirectoryUserOrder, description: 'How to order the list.' }),
    },
    complexity: pageCost,
    resolve: async (_root, { filter, orderBy, ...args }, context, info) => {
      const order = orderOf(USER_ORDERS, orderBy, 'CREATED_AT')
      const own = ownRows(context.viewer)
      const conditions = [...userConditions(filter, order), ...own, ...(await inDirectoryOfGroup(filter, context))]
      const counted = changedOf(CHANGED, filter, own)
      return readConnection<Model>(context, { listing: USERS, info, conditions, order, args, counted, parentId: null })
    },
  }),
}))
