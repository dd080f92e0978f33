import { columnsFor, selectOf } from './lists/columns.ts'

const columns = {
  id: 'id',
  externalId: 'external_id',
  workosUserId: 'workos_user_id',
  organizationId: 'organization_id',
  email: 'email',
  firstName: 'first_name',
  lastName: 'last_name',
  state: 'state',
  sessionsRevokedAt: 'sessions_revoked_at',
  disabledAt: 'disabled_at',
  disabledBy: 'disabled_by',
  disabledReason: 'disabled_reason',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  deactivatedAt: 'deactivated_at',
  deletedAt: 'deleted_at',
  deletionReason: 'deletion_reason',
}

/** The columns of `account`, aliased as `x`, under their model's names. */
export const accountColumns = selectOf(columns)

/** The columns that the fields of User need. */
export const columnsForAccounts = columnsFor(columns, ['id', 'organizationId'], {
  ...Object.fromEntries(Object.keys(columns).map((name) => [name, [name]])),
  __typename: [],
  organization: [],
  directoryUsers: [],
  roles: [],
  roleAssignments: [],
})
