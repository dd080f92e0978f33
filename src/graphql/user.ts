// Accounts. The schema calls them users; in the tables, that word means directory users.
import type { Account as Model } from '../generated/prisma/client.ts'
import {
  BY_GRANTS,
  BY_IDENTITIES,
  ACCOUNTS,
  ACCOUNTS_OF_ORGANIZATION,
  ACCOUNT_ORDERS,
  holdersOf,
  mayHold,
} from './account-lists.ts'
import { addressed } from './lists/addressed.ts'
import { askedOfOne } from './lists/asked-of-one.ts'
import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import { DirectoryUser } from './directory-user.ts'
import { ValidationError } from './errors.ts'
import { listOfEach, type ListArguments } from './lists/list-of-each.ts'
import { equal, oneOf, type Condition } from './lists/listing.ts'
import { namedIn } from './lists/naming.ts'
import { Node, registerNode } from './node.ts'
import { orderDirection, orderOf } from './lists/order.ts'
import { Organization } from './organization.ts'
import { ownRows } from './own-rows.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'
import { searched } from './lists/search.ts'

export const UserState = builder.enumType('UserState', {
  description: 'Whether an account may have access.',
  values: {
    ACTIVE: {
      description: 'Access is allowed: one of its identities is active, or it has none and is not disabled.',
    },
    INACTIVE: { description: 'Access is denied: none of its identities is active, or it is disabled.' },
    DELETED: { description: 'The account was deleted and its personal data erased.' },
  } as const,
})

export const User = builder.prismaObject('Account', {
  name: 'User',
  description:
    "The application's own account: created for a directory user, or registered by the application and linked.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `account_…`.' }),
    externalId: t.exposeID('externalId', {
      nullable: true,
      description: "The application's own id for it, unique within its organization.",
    }),
    workosUserId: t.exposeID('workosUserId', { nullable: true, description: 'The AuthKit user, if there is one.' }),
    organization: t.field({
      type: Organization,
      nullable: true,
      // They give access to everything else, even from a mutation's result.
      authScopes: { scope: 'directory:read' },
      description: 'The customer it belongs to. Needs the scope `directory:read`.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    email: t.exposeString('email', { nullable: true, description: 'Its e-mail address.' }),
    firstName: t.exposeString('firstName', { nullable: true, description: 'Given name.' }),
    lastName: t.exposeString('lastName', { nullable: true, description: 'Family name.' }),
    state: t.expose('state', { type: UserState, description: 'Whether it may have access.' }),
    directoryUsers: t.field({
      type: [DirectoryUser],
      authScopes: { scope: 'directory:read' },
      description:
        'Its identities: the directory users that belong to it, including deleted ones, oldest first. Needs the ' +
        'scope `directory:read`.',
      complexity: { field: 1, multiplier: 3 },
      resolve: ({ id }, _args, { loaders }, info) => loaders.identities(askedOfOne(info)).load(id),
    }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was disabled. Until it is enabled, access is denied regardless of its directory.',
    }),
    disabledBy: t.exposeString('disabledBy', { nullable: true, description: 'Who disabled it.' }),
    disabledReason: t.exposeString('disabledReason', { nullable: true, description: 'Why it was disabled.' }),
    sessionsRevokedAt: t.expose('sessionsRevokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Tokens and sessions that began before this moment must be refused.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it last changed; role changes do not count.',
    }),
    deactivatedAt: t.expose('deactivatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when its access is denied; null while it is active.',
    }),
    deletedAt: t.expose('deletedAt', { type: 'DateTime', nullable: true, description: 'When it was deleted.' }),
    deletionReason: t.exposeString('deletionReason', { nullable: true, description: 'Why it was deleted.' }),
  }),
})

registerNode({
  prefix: 'account_',
  load: async (id, { loaders }) => {
    const account = await loaders.account.load(id)
    return account && User.addBrand(account)
  },
})

builder.objectField(DirectoryUser, 'user', (t) =>
  t.field({
    type: User,
    nullable: true,
    description:
      "The account this identity belongs to; null until WorkOS has reported the user's id at the provider and " +
      'address, by which the account is found.',
    resolve: ({ accountId }, _args, { loaders }, info) =>
      accountId === null ? null : loaders.asked('account', askedOfOne(info)).load(accountId),
  }),
)

export const UserConnection = connectionType('User', User)

const UserFilter = builder.inputType('UserFilter', {
  description:
    'Filters accounts. Omitted fields do not restrict; deleted ones are included only if `state` asks for them.',
  fields: (t) => ({
    state: t.field({ type: [UserState], description: 'In one of these states.' }),
    organizationId: t.id({ description: 'Of this organization.' }),
    directoryId: t.id({ description: 'With an identity in this directory.' }),
    roleId: t.id({ description: 'That have this role now.' }),
    search: t.string({
      description: 'With all these words in name or e-mail, in any order, ignoring case and accents.',
    }),
    email: t.string({ description: 'With this e-mail address, ignoring case.' }),
    updatedAfter: t.field({ type: 'DateTime', description: 'Changed after this moment.' }),
  }),
})

const UserOrder = builder.inputType('UserOrder', {
  description: 'The order of accounts.',
  fields: (t) => ({
    field: t.field({
      type: builder.enumType('UserOrderField', {
        description: 'What accounts are ordered by.',
        values: {
          CREATED_AT: { description: 'When they were created.' },
          UPDATED_AT: { description: 'When they last changed.' },
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

const STATE = '"UserState"'

function accountConditions(filter: typeof UserFilter.$inferInput | null | undefined): Condition[] {
  const { state, organizationId, directoryId, roleId, search, email, updatedAfter } = filter ?? {}
  const conditions: Condition[] = [
    state == null ? { ...oneOf('x.state', STATE, ['ACTIVE', 'INACTIVE']), most: true } : oneOf('x.state', STATE, state),
  ]
  if (organizationId != null) conditions.push(equal('x.organization_id', 'text', organizationId))
  if (directoryId != null) conditions.push(namedIn(BY_IDENTITIES, directoryId))
  if (roleId != null) conditions.push(mayHold(state) ? namedIn(BY_GRANTS, roleId) : { sql: 'false' })
  conditions.push(...searched('x.search_text', search), ...addressed(email))
  if (updatedAfter != null) conditions.push({ sql: 'x.updated_at > ?', value: updatedAfter })
  return conditions
}

type AccountArguments = ListArguments<typeof UserFilter.$inferInput, typeof UserOrder.$inferInput>
const accountArguments = {
  filter: { type: UserFilter, description: 'Filters the result.' },
  orderBy: { type: UserOrder, description: 'How to order the list.' },
} as const

builder.objectField(Organization, 'users', (t) =>
  t.field({
    type: UserConnection,
    description: 'Its accounts, oldest first by default.',
    args: { ...pageArguments(t.arg), filter: t.arg(accountArguments.filter), orderBy: t.arg(accountArguments.orderBy) },
    complexity: pageCost,
    resolve: listOfEach<Model, AccountArguments>(({ filter, orderBy, ...args }, _context, info) => {
      const order = orderOf(ACCOUNT_ORDERS, orderBy, 'CREATED_AT')
      const conditions = accountConditions(filter)
      const counted = holdersOf(filter ?? {}, null)
      return { listing: ACCOUNTS_OF_ORGANIZATION, info, conditions, order, args, counted }
    }),
  }),
)

builder.queryFields((t) => ({
  user: t.field({
    type: User,
    nullable: true,
    description: "An account by id, or by the application's own id; null if there is none you can see.",
    args: {
      id: t.arg.id({ description: 'Its id: `account_…`.' }),
      externalId: t.arg.id({ description: "The application's own id for it." }),
      organizationId: t.arg.id({
        description:
          'The organization of `externalId`, which is unique only within one; needed if you can see several.',
      }),
    },
    resolve: (_root, { id, externalId, organizationId }, { loaders, db, viewer }, info) => {
      if (id != null && externalId == null) return loaders.asked('account', askedOfOne(info)).load(id)
      if (id != null || externalId == null)
        throw new ValidationError({ path: ['id'], message: 'give either id or externalId' })
      const own = viewer.organizationId === null ? {} : { AND: { organizationId: viewer.organizationId } }
      const within = organizationId == null ? {} : { organizationId }
      return db.prisma.account.findFirst({
        where: { externalId, ...within, ...own },
        orderBy: { id: 'asc' },
      })
    },
  }),
  users: t.field({
    type: UserConnection,
    description: 'The accounts you can see, oldest first by default.',
    args: { ...pageArguments(t.arg), filter: t.arg(accountArguments.filter), orderBy: t.arg(accountArguments.orderBy) },
    complexity: pageCost,
    resolve: (_root, { filter, orderBy, ...args }, context, info) => {
      const order = orderOf(ACCOUNT_ORDERS, orderBy, 'CREATED_AT')
      const { organizationId } = context.viewer
      const conditions = [...accountConditions(filter), ...ownRows(context.viewer)]
      const counted = holdersOf(filter ?? {}, organizationId === null ? [] : [organizationId])
      const request = { listing: ACCOUNTS, info, conditions, order, args, counted }
      return readConnection<Model>(context, { ...request, parentId: null })
    },
  }),
}))
