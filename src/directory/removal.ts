import type { EventType, SyncEvent } from './events.ts'

/** What an event may take away: somebody's access, memberships, or both. Whether it does depends on what is there. */
export type Removal = 'USER' | 'MEMBERSHIP' | 'BOTH'

/** Whom and what an event is about, as the inbox keeps it beside the body, so that nobody has to decode it to know. */
export interface Label {
  readonly userId: string | null
  readonly groupId: string | null
  readonly removal: Removal | null
}

/** `inactive`: whether the event says of its user that the identity provider does not let them in. */
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
    // The deletion of a directory is one act of a person, who meant it: the guard lets it pass.
    case 'dsync.activated':
    case 'dsync.deactivated':
    case 'dsync.deleted':
      return null
  }
}

/** The label of an event that was decoded: for one of the thin form, what nobody knew when it came in. */
export function labelOf(event: SyncEvent): Label {
  return {
    userId: 'user' in event ? event.user.id : null,
    groupId: 'group' in event ? event.group.id : null,
    removal: removalOf(event.type, 'user' in event && event.user.fields.active === false),
  }
}
