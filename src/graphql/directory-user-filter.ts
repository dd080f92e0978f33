// How lists of directory users are filtered and ordered.
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { BY_MEMBERSHIPS, USER_ORDERS } from './directory-user-lists.ts'
import { addressed, addressedFrom } from './lists/addressed.ts'
import { equal, oneOf, type Condition, type Listing, type Order } from './lists/listing.ts'
import { namedIn } from './lists/naming.ts'
import { orderDirection, orderOf } from './lists/order.ts'
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

export const DirectoryUserOrder = builder.inputType('DirectoryUserOrder', {
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

/** A group's members are in its directory, whose part of a list is shorter to walk, and to count, than that of all. */
export async function inDirectoryOfGroup(
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
export function changedOf(
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
