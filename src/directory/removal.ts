import type { EventType, SyncEvent } from './events.ts'

/** What an event may take away: a user's access, memberships, or both. Whether it does depends on the present state. */
export type Removal = 'USER' | 'MEMBERSHIP' | 'BOTH'

/** What an event is about, kept in the inbox beside the body so that this need not be decoded. */
export interface Label {
  readonly userId: string | null
  readonly groupId: string | null
  readonly removal: Removal | null
}

/** `inactive`: whether the event says that the identity provider does not let its user in. */
export function removalOf(type: EventType, inactive: boolean): Removal | null {
  switch (type) {
    case 'dsync.user.deleted':
      return 'USER'
    case 'dsync.user.created':
    case 'dsync.user.updated':
    case 'dsync.group.user_added':
      return inactive ? 'USER' : null
    case 'dsync.group.user_removed':
      return inactive ? 'BOTH' : 'MEMBERSHIP'
    case 'dsync.group.deleted':
      return 'MEMBERSHIP'
    case 'dsync.group.created':
    case 'dsync.group.updated':
    // The deletion of a directory is one deliberate act of a person: the guard lets it pass.
    case 'dsync.activated':
    case 'dsync.deactivated':
    case 'dsync.deleted':
      return null
  }
}

/** The label of a decoded event; for a thin one, it was not known on receipt. */
export function labelOf(event: SyncEvent): Label {
  return {
    userId: 'user' in event ? event.user.id : null,
    groupId: 'group' in event ? event.group.id : null,
    removal: removalOf(event.type, 'user' in event && event.user.fields.active === false),
  }
}
