// Lists of accounts (all, and those of an organization), and the tables that name accounts.
import { accountColumns, columnsForAccounts } from './account-columns.ts'
import { equal, type Condition, type Listing } from './lists/listing.ts'
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

/** The reasons for roles. Accounts with a role are counted along one of their indexes, without the accounts. */
const GRANTS: Listing = {
  from: 'role_grant g',
  columns: '',
  parent: null,
  always: 'g.visible',
  counted: 'distinct g.account_id',
}
export const GRANTS_OF_ROLE: Listing = { ...GRANTS, parent: 'g.role_id' }
const GRANTS_IN_ORGANIZATION: Listing = { ...GRANTS, parent: 'g.organization_id' }

type States = readonly string[] | null | undefined

/** Whether accounts in one of these states may have a role: only active ones have any. */
export const mayHold = (state: States): boolean => state == null || state.includes('ACTIVE')

/** What accounts may be filtered by. */
interface Filter {
  readonly state?: States
  readonly organizationId?: string | null | undefined
  readonly roleId?: string | null | undefined
}

/**
 * What to count instead of the accounts with a role, whose reasons say how many they are. Undefined if something else
 * is asked for too. `owners`: the organizations that the accounts must belong to; null if it is that of the parent.
 */
export function holdersOf(
  { roleId, state, organizationId, ...others }: Filter,
  owners: readonly string[] | null,
): { listing: Listing; conditions: readonly Condition[] } | undefined {
  const isMore = Object.values(others).some((value) => value != null)
  if (roleId == null || isMore || !mayHold(state)) return undefined
  const organizations = [...(owners ?? []), ...(organizationId == null ? [] : [organizationId])]
  const conditions = [
    equal('g.role_id', 'text', roleId),
    ...organizations.map((id) => equal('g.organization_id', 'text', id)),
  ]
  return { listing: owners === null ? GRANTS_IN_ORGANIZATION : GRANTS, conditions }
}
