import { columnsFor } from '../lists/columns.ts'

const columns = {
  position: 'position',
  kind: 'kind',
  directoryId: 'directory_id',
  organizationId: 'organization_id',
  directoryUserId: 'user_id',
  directoryGroupId: 'group_id',
  accountId: 'account_id',
  roleId: 'role_id',
  changedFields: 'changed_fields',
  previous: 'previous',
  source: 'source',
  eventId: 'event_id',
  actor: 'actor',
  detail: 'detail',
  occurredAt: 'occurred_at',
  recordedAt: 'recorded_at',
}

/** The columns of `change`, aliased as `x`, that fields of changes need, and cursors. */
export const columnsForChanges = columnsFor(columns, ['position', 'kind', 'directoryId', 'recordedAt'], {
  __typename: [],
  id: [],
  cursor: [],
  kind: [],
  directory: [],
  directoryUser: ['directoryUserId'],
  directoryUserId: ['directoryUserId'],
  directoryGroup: ['directoryGroupId'],
  directoryGroupId: ['directoryGroupId'],
  user: ['accountId'],
  userId: ['accountId'],
  role: ['roleId'],
  roleId: ['roleId'],
  recordedAt: [],
  occurredAt: ['occurredAt'],
  source: ['source'],
  eventId: ['eventId'],
  actor: ['actor'],
  changedFields: ['changedFields'],
  previous: ['previous'],
})
