import { columnsFor, selectOf } from './lists/columns.ts'

const columns = {
  id: 'id',
  directoryId: 'directory_id',
  organizationId: 'organization_id',
  idpId: 'idp_id',
  email: 'email',
  firstName: 'first_name',
  lastName: 'last_name',
  name: 'name',
  username: 'username',
  state: 'state',
  customAttributes: 'custom_attributes',
  rawAttributes: 'raw_attributes',
  jobTitle: 'job_title',
  idpRoles: 'idp_roles',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  deletedAt: 'deleted_at',
  accountId: 'account_id',
}

/** The columns of `directory_user`, aliased as `x`, under their model's names. */
export const directoryUserColumns = selectOf(columns)

// The columns that `directory_user_recency` has too.
const ofRecency = ['id', 'directory_id', 'organization_id', 'state', 'updated_at']
const all = [...Object.values(columns), 'sort_name', 'sort_email', 'search_text']
const others = all.filter((column) => !ofRecency.includes(column))

/**
 * Users with the columns that their lists filter by, aliased as `x`, from the table whose index is ordered by
 * `updated_at`.
 */
export const usersByRecency = `(
  select ${[...ofRecency.map((column) => `r.${column}`), ...others.map((column) => `u.${column}`)].join(', ')}
  from directory_user_recency r join directory_user u on u.id = r.id
) x`

const MADE_OF = {
  __typename: [],
  id: [],
  directory: [],
  idpId: ['idpId'],
  email: ['email'],
  firstName: ['firstName'],
  lastName: ['lastName'],
  name: ['name', 'firstName', 'lastName'],
  username: ['username'],
  state: ['state'],
  idpRoles: ['idpRoles'],
  createdAt: ['createdAt'],
  updatedAt: ['updatedAt'],
  deletedAt: ['deletedAt'],
  groups: [],
  user: ['accountId'],
  changes: [],
}

/** The columns that the fields of DirectoryUser need. */
export const columnsForUsers = columnsFor(columns, ['id', 'directoryId'], MADE_OF)

/** The same for users that are read by account, oldest first. */
export const columnsForIdentities = columnsFor(columns, ['id', 'directoryId', 'accountId', 'createdAt'], MADE_OF)
