import type { ChangeKind } from '../directory/change-kinds.ts'

/** What is counted: columns of `stats`, fields of SyncStats. */
export const counters = [
  'usersCreated',
  'usersUpdated',
  'usersDeactivated',
  'usersReactivated',
  'usersDeleted',
  'groupsCreated',
  'groupsUpdated',
  'groupsDeleted',
  'membershipsAdded',
  'membershipsRemoved',
  'eventsReceived',
  'eventsFailed',
  'eventsStale',
  'eventsDuplicate',
] as const
export type Counter = (typeof counters)[number]
export type Counts = Record<Counter, number>

/** Kinds of changes that are counted; others are not. */
export const counterOfChange: Partial<Record<ChangeKind, Counter>> = {
  DIRECTORY_USER_CREATED: 'usersCreated',
  DIRECTORY_USER_UPDATED: 'usersUpdated',
  DIRECTORY_USER_DEACTIVATED: 'usersDeactivated',
  DIRECTORY_USER_REACTIVATED: 'usersReactivated',
  DIRECTORY_USER_DELETED: 'usersDeleted',
  DIRECTORY_GROUP_CREATED: 'groupsCreated',
  DIRECTORY_GROUP_UPDATED: 'groupsUpdated',
  DIRECTORY_GROUP_DELETED: 'groupsDeleted',
  MEMBERSHIP_ADDED: 'membershipsAdded',
  MEMBERSHIP_REMOVED: 'membershipsRemoved',
}

const NONE = Object.fromEntries(counters.map((counter) => [counter, 0])) as Counts

export const noCounts = (): Counts => ({ ...NONE })
