import type { DirectoryFields, GroupFields, UserFields } from './objects.ts'

/** The WorkOS events that change the mirror. `dsync.deactivated` is no longer documented, but still accepted. */
export const eventTypes = [
  'dsync.activated',
  'dsync.deactivated',
  'dsync.deleted',
  'dsync.user.created',
  'dsync.user.updated',
  'dsync.user.deleted',
  'dsync.group.created',
  'dsync.group.updated',
  'dsync.group.deleted',
  'dsync.group.user_added',
  'dsync.group.user_removed',
] as const
export type EventType = (typeof eventTypes)[number]

export function isEventType(type: string): type is EventType {
  return (eventTypes as readonly string[]).includes(type)
}

/** All or part of an object: only the fields that were reported. */
export interface Reported<Fields> {
  readonly id: string
  readonly fields: Partial<Fields>
}

/** An object as the state API lists it. */
export interface Listed<Fields> extends Reported<Fields> {
  /** Whether part of it could not be read and is left out. */
  readonly isPart: boolean
}

interface Envelope {
  readonly id: string
  readonly occurredAt: Date
  readonly directoryId: string
  /** As the payload names it; null if it does not. */
  readonly organizationId: string | null
}

export type DirectoryEvent = Envelope & {
  readonly type: 'dsync.activated' | 'dsync.deactivated' | 'dsync.deleted'
  readonly directory: Reported<DirectoryFields>
}
type UserEvent = Envelope & {
  readonly type: 'dsync.user.created' | 'dsync.user.updated' | 'dsync.user.deleted'
  readonly user: Reported<UserFields>
}
type GroupEvent = Envelope & {
  readonly type: 'dsync.group.created' | 'dsync.group.updated' | 'dsync.group.deleted'
  readonly group: Reported<GroupFields>
}
export type MembershipEvent = Envelope & {
  readonly type: 'dsync.group.user_added' | 'dsync.group.user_removed'
  readonly user: Reported<UserFields>
  readonly group: Reported<GroupFields>
}
export type SyncEvent = DirectoryEvent | UserEvent | GroupEvent | MembershipEvent
