// The lists of users: of all, of a directory and of a group.
import { columnsForUsers, directoryUserColumns, usersByRecency } from './directory-user-columns.ts'
import type { Listing, Order } from './listing.ts'
import type { Sortable } from './order.ts'

type OrderField = 'CREATED_AT' | 'UPDATED_AT' | 'NAME' | 'EMAIL'
/** By what users are ordered. */
export const USER_ORDERS: Sortable<OrderField> = {
  CREATED_AT: { column: 'x.created_at', type: 'timestamptz' },
  UPDATED_AT: { column: 'x.updated_at', type: 'timestamptz' },
  NAME: { column: 'x.sort_name', type: 'text' },
  EMAIL: { column: 'x.sort_email', type: 'text' },
}
const INDEXES = [
  ['x.directory_id', 'x.state', 'x.created_at'],
  ...Object.values(USER_ORDERS).map(({ column }) => ['x.directory_id', column]),
  ['x.organization_id', 'x.state', 'x.created_at'],
  ...Object.values(USER_ORDERS).map(({ column }) => ['x.organization_id', column]),
  ['x.state', 'x.created_at'],
  ...Object.values(USER_ORDERS).map(({ column }) => [column]),
]
export const USERS: Listing = {
  from: 'directory_user x',
  fromInOrder: { 'x.updated_at': usersByRecency },
  columns: directoryUserColumns,
  columnsFor: columnsForUsers,
  parent: null,
  mirrors: 'directoryId',
  indexes: INDEXES,
  owner: {
    column: 'x.directory_id',
    of: 'x.organization_id',
    sql: 'select organization_id from directory where id = ?',
  },
}
export const OF_DIRECTORY: Listing = { ...USERS, parent: 'x.directory_id' }
export const USERS_OF_GROUP: Listing = {
  from: 'membership m join directory_user x on x.id = m.user_id',
  columns: directoryUserColumns,
  columnsFor: columnsForUsers,
  parent: 'm.group_id',
  joined: true,
  always: 'm.visible',
  mirrors: 'directoryId',
}
/** The order of a group's members, which the index of memberships has. */
export const BY_USER_ID: Order = { name: 'ID', column: 'm.user_id', type: 'text', descending: false, unique: true }
