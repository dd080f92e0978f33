// Lists of accounts (all, and those of an organization), and the tables that name accounts.
import { accountColumns, columnsForAccounts } from './account-columns.ts'
import type { Listing } from './lists/listing.ts'
import type { Naming } from './lists/naming.ts'
import { indexesOf, type Sortable } from './lists/order.ts'

type OrderField = 'CREATED_AT' | 'UPDATED_AT' | 'NAME' | 'EMAIL'
/** The columns that accounts can be ordered by. */
export const ACCOUNT_ORDERS: Sortable<OrderField> = {
  CREATED_AT: { column: 'x.created_at', type: 'timestamptz' },
  UPDATED_AT: { column: 'x.updated_at', type: 'timestamptz' },
  NAME: { column: 'x.sort_name', type: 'text' },
  EMAIL: { column: 'x.sort_email', type: 'text' },
}

export const ACCOUNTS: Listing = {
  from: 'account x',
  columns: accountColumns,
  columnsFor: columnsForAccounts,
  parent: null,
  indexes: [['x.organization_id'], []].flatMap((owner) => [
    [...owner, 'x.state', 'x.created_at'],
    ...indexesOf(ACCOUNT_ORDERS, owner),
  ]),
}
export const ACCOUNTS_OF_ORGANIZATION: Listing = { ...ACCOUNTS, parent: 'x.organization_id' }

/** Accounts with an identity in a directory. */
export const BY_IDENTITIES: Naming = {
  table: 'directory_user',
  column: 'account_id',
  where: 'directory_id = ?',
  inOrder: 'created_at, id',
}
/** Accounts that have a role now. */
export const BY_GRANTS: Naming = {
  table: 'role_grant',
  column: 'account_id',
  where: 'role_id = ? and visible',
  inOrder: 'account_id',
  organization: 'organization_id',
}
