// Lists of users: all, those of a directory and those of a group.
import { columnsForUsers, directoryUserColumns, usersByRecency } from './directory-user-columns.ts'
import type { Listing, Order } from './lists/listing.ts'
import type { Naming } from './lists/naming.ts'
import { indexesOf, type Sortable } from './lists/order.ts'
import { OWNER } from './own-rows.ts'

type OrderField = 'CREATED_AT' | 'UPDATED_AT' | 'NAME' | 'EMAIL'
/** The columns that users can be ordered by. */
export const USER_ORDERS: Sortable<OrderField> = {
  CREATED_AT: { column: 'x.created_at', type: 'timestamptz' },
  UPDATED_AT: { column: 'x.updated_at', type: 'timestamptz' },
  NAME: { column: 'x.sort_name', type: 'text' },
  EMAIL: { column: 'x.sort_email', type: 'text' },
}
const INDEXES = [['x.directory_id'], ['x.organization_id'], []].flatMap((owner) => [
  [...owner, 'x.state', 'x.created_at'],
  ...indexesOf(USER_ORDERS, owner),
])
export const USERS: Listing = {
  from: 'directory_user x',
  fromInOrder: { 'x.updated_at': usersByRecency },
  columns: directoryUserColumns,
  columnsFor: columnsForUsers,
  parent: null,
  mirrors: 'directoryId',
  logged: true,
  indexes: INDEXES,
  owner: OWNER,
}
export const OF_DIRECTORY: Listing = { ...USERS, parent: 'x.directory_id' }
export const USERS_OF_GROUP: Listing = {
  from: 'membership m join directory_user x on x.id = m.user_id',
  fromAlone: 'membership m',
  columns: directoryUserColumns,
  columnsFor: columnsForUsers,
  parent: 'm.group_id',
  joined: true,
  always: 'm.visible',
  mirrors: 'directoryId',
  logged: true,
  indexes: [['m.group_id', 'm.user_id']],
}
/** The order of a group's members, as in the index of memberships. */
export const BY_USER_ID: Order = { name: 'ID', column: 'm.user_id', type: 'text', descending: false, unique: true }

/**
 * Users as far as the table of their last changes has them: those changed since a moment are counted along its index,
 * without their rows.
 */
export const CHANGED: Listing = { ...USERS, from: 'directory_user_recency x', fromInOrder: {} }
export const CHANGED_OF_DIRECTORY: Listing = { ...CHANGED, parent: 'x.directory_id' }

/** The members of a group. */
export const BY_MEMBERSHIPS: Naming = {
  table: 'membership',
  column: 'user_id',
  where: 'group_id = ? and visible',
  inOrder: 'user_id',
}
