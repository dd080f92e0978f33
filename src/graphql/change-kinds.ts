import { builder } from './builder.ts'

export const ChangeSource = builder.enumType('ChangeSource', {
  description: 'What brought a change.',
  values: {
    WEBHOOK: { description: 'A webhook of WorkOS.' },
    EVENTS_API: { description: "WorkOS's Events API." },
    SYNC_RUN: { description: 'A comparison with what WorkOS holds.' },
    MUTATION: { description: 'Somebody, through this API.' },
    RETENTION: { description: 'Time: what is old is purged.' },
  } as const,
})

export const ChangeKind = builder.enumType('ChangeKind', {
  description: 'What a change may be, over all its types: to filter by.',
  values: {
    DIRECTORY_ACTIVATED: { description: 'A directory was connected.' },
    DIRECTORY_UPDATED: { description: 'Something about a directory changed.' },
    DIRECTORY_DEACTIVATED: { description: 'A directory was disconnected.' },
    DIRECTORY_DELETED: { description: 'A directory was deleted.' },
    DIRECTORY_USER_CREATED: { description: 'A user appeared.' },
    DIRECTORY_USER_UPDATED: { description: 'Something about a user changed.' },
    DIRECTORY_USER_DEACTIVATED: { description: 'A user must not be let in any more.' },
    DIRECTORY_USER_REACTIVATED: { description: 'A user that was deactivated or deleted came back.' },
    DIRECTORY_USER_DELETED: { description: 'A user is gone.' },
    DIRECTORY_USER_PURGED: { description: 'What was still kept of a deleted user was erased.' },
    DIRECTORY_GROUP_CREATED: { description: 'A group appeared.' },
    DIRECTORY_GROUP_UPDATED: { description: 'Something about a group changed.' },
    DIRECTORY_GROUP_DELETED: { description: 'A group is gone.' },
    DIRECTORY_GROUP_PURGED: { description: 'What was still kept of a deleted group was erased.' },
    MEMBERSHIP_ADDED: { description: 'A user is a member of a group from now on.' },
    MEMBERSHIP_REMOVED: {
      description: 'A user is not a member of a group any more: removed, or one of the two is gone.',
    },
    EVENTS_REPLAYED: { description: 'Somebody had events applied once more.' },
    EVENTS_DISCARDED: { description: 'Somebody decided that events are not to be applied.' },
  } as const,
})

export const DirectoryChangeKind = builder.enumType('DirectoryChangeKind', {
  description: 'What happened to a directory.',
  values: {
    ACTIVATED: { description: 'It was connected.' },
    UPDATED: { description: 'Something about it changed.' },
    DEACTIVATED: { description: 'It was disconnected.' },
    DELETED: { description: 'It was deleted; changes for its users and groups follow.' },
  } as const,
})

export const DirectoryUserChangeKind = builder.enumType('DirectoryUserChangeKind', {
  description: 'What happened to a user of a directory.',
  values: {
    CREATED: { description: 'They appeared.' },
    UPDATED: { description: 'Something about them changed.' },
    DEACTIVATED: { description: 'They must not be let in any more.' },
    REACTIVATED: { description: 'They came back, after having been deactivated or deleted.' },
    DELETED: { description: 'They are gone.' },
    PURGED: { description: 'What was still kept of them was erased.' },
  } as const,
})

export const DirectoryGroupChangeKind = builder.enumType('DirectoryGroupChangeKind', {
  description: 'What happened to a group.',
  values: {
    CREATED: { description: 'It appeared, or came back.' },
    UPDATED: { description: 'Something about it changed.' },
    DELETED: { description: 'It is gone.' },
    PURGED: { description: 'What was still kept of it was erased.' },
  } as const,
})

export const MembershipChangeKind = builder.enumType('MembershipChangeKind', {
  description: 'What happened to a membership.',
  values: {
    ADDED: { description: 'It began, or is to be seen again since its user or group came back.' },
    REMOVED: { description: 'It ended, or is hidden since its user or group is gone.' },
  } as const,
})

export const EventsChangeKind = builder.enumType('EventsChangeKind', {
  description: 'What somebody did to events.',
  values: {
    REPLAYED: { description: 'They are applied once more.' },
    DISCARDED: { description: 'They are not to be applied.' },
  } as const,
})
