import type { OutputRef } from '@pothos/core'
import { fullName } from '../text/full-name.ts'
import type { Json } from '../directory/objects.ts'
import type { DirectoryUser as Model } from '../generated/prisma/client.ts'
import { asOfDescription, refuseWithAsOf, usersAsOf, type AsOfArgument } from './as-of.ts'
import { askedOfOne } from './lists/asked-of-one.ts'
import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import { Directory } from './directory.ts'
import {
  changedOf,
  DirectoryUserFilter,
  DirectoryUserOrder,
  DirectoryUserState,
  inDirectoryOfGroup,
  userConditions,
} from './directory-user-filter.ts'
import { CHANGED, CHANGED_OF_DIRECTORY, OF_DIRECTORY, USER_ORDERS, USERS } from './directory-user-lists.ts'
import { listOfEach, type ListArguments } from './lists/list-of-each.ts'
import { Node, registerNode } from './node.ts'
import { orderOf } from './lists/order.ts'
import { ownRows } from './own-rows.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'

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
    resolve: listOfEach<Model, UserArguments>(({ filter, orderBy, asOf, ...args }, context, info) => {
      if (asOf != null)
        return ({ id }) => {
          refuseWithAsOf(filter, 'filter')
          refuseWithAsOf(orderBy, 'orderBy')
          return usersAsOf(context, id, asOf, args)
        }
      const order = orderOf(USER_ORDERS, orderBy, 'CREATED_AT')
      const counted = changedOf(CHANGED_OF_DIRECTORY, filter, [])
      return { listing: OF_DIRECTORY, info, conditions: userConditions(filter, order), order, args, counted }
    }),
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
