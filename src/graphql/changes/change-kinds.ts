import { builder } from '../builder.ts'

export const ChangeSource = builder.enumType('ChangeSource', {
  description: 'What brought a change.',
  values: {
    WEBHOOK: { description: 'A webhook of WorkOS.' },
    EVENTS_API: { description: "WorkOS's Events API." },
    SYNC_RUN: { description: 'A comparison with what WorkOS holds.' },
    MUTATION: { description: 'Somebody, through this API or `npm run api-key`.' },
    RETENTION: { description: 'Time: what is old is purged.' },
    OUTBOUND: { description: 'The answer of a webhook endpoint.' },
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
    USER_PROVISIONED: { description: 'An account was made: for a user of a directory, or by the application.' },
    USER_LINKED: { description: 'A user of a directory belongs to an account from now on.' },
    USER_UPDATED: { description: 'Something about an account changed.' },
    USER_DEACTIVATED: { description: 'An account must not be let in any more.' },
    USER_REACTIVATED: { description: 'An account may be let in again.' },
    USER_DELETED: { description: 'An account is gone, and nothing personal of it is kept.' },
    USER_SESSIONS_REVOKED: { description: 'Sessions of an account are to end.' },
    ROLE_GRANTED: { description: 'An account has a role from now on.' },
    ROLE_REVOKED: { description: 'An account has a role no more.' },
    ROLE_CREATED: { description: 'Somebody made a role.' },
    ROLE_UPDATED: { description: 'Somebody changed a role.' },
    ROLE_DELETED: { description: 'Somebody deleted a role.' },
    ROLE_MAPPING_CREATED: { description: 'Somebody made a role mapping.' },
    ROLE_MAPPING_UPDATED: { description: 'Somebody changed a role mapping.' },
    ROLE_MAPPING_DELETED: { description: 'Somebody deleted a role mapping.' },
    WEBHOOK_ENDPOINT_CREATED: { description: 'Somebody made an endpoint for webhooks.' },
    WEBHOOK_ENDPOINT_UPDATED: { description: 'Somebody changed an endpoint for webhooks.' },
    WEBHOOK_ENDPOINT_DISABLED: { description: 'An endpoint wants no more webhooks: it answered 410 Gone.' },
    WEBHOOK_ENDPOINT_SECRET_ROTATED: { description: 'Somebody made a new secret for an endpoint for webhooks.' },
    WEBHOOK_ENDPOINT_REPLAYED: { description: 'Somebody had webhooks sent once more.' },
    WEBHOOK_ENDPOINT_DELETED: { description: 'Somebody deleted an endpoint for webhooks.' },
    CHANGES_HELD: {
      description: 'The guard stopped what would take too much away: somebody has to approve or reject.',
    },
    HELD_CHANGES_APPROVED: {
      description: 'Somebody let through what the guard had held, or the directory was deleted as a whole.',
    },
    HELD_CHANGES_REJECTED: { description: 'Somebody did away with what the guard had held.' },
    ROLE_GRANT_ADDED: { description: 'Somebody granted a role by hand.' },
    ROLE_GRANT_REMOVED: { description: 'Somebody took back what was granted by hand.' },
    ATTRIBUTE_MAPPING_UPDATED: { description: 'Somebody changed where an attribute is read from.' },
    ORGANIZATION_UPDATED: { description: 'Somebody changed what holds for an organization.' },
    API_KEY_CREATED: { description: 'Somebody made an API key.' },
    API_KEY_REVOKED: { description: 'Somebody revoked an API key.' },
    SYNC_REQUESTED: { description: 'Somebody asked for a comparison with WorkOS.' },
    SYNC_CANCELLED: { description: 'Somebody stopped a comparison with WorkOS.' },
    GUARD_UPDATED: { description: 'Somebody changed how much of a directory may go at once.' },
    PORTAL_LINK_GENERATED: { description: "Somebody made a link to WorkOS's Admin Portal." },
    SETUP_INVITATION_SENT: { description: 'Somebody invited an IT admin to set something up.' },
    SETUP_INVITATION_REVOKED: { description: 'Somebody ended a setup invitation.' },
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

export const UserChangeKind = builder.enumType('UserChangeKind', {
  description: 'What happened to an account.',
  values: {
    PROVISIONED: {
      description: 'It was made: for a user of a directory, or by the application, where an actor is told.',
    },
    LINKED: { description: 'A user of a directory belongs to it from now on.' },
    UPDATED: { description: 'Something about it changed.' },
    DEACTIVATED: { description: 'It must not be let in any more, and sessions that it has are to end.' },
    REACTIVATED: { description: 'It may be let in again.' },
    DELETED: { description: 'It is gone, and nothing personal of it is kept.' },
    SESSIONS_REVOKED: { description: 'Sessions that it has are to end; it may be let in anew.' },
  } as const,
})

export const RoleAssignmentChangeKind = builder.enumType('RoleAssignmentChangeKind', {
  description: 'What happened to a role of an account.',
  values: {
    GRANTED: { description: 'It has the role from now on.' },
    REVOKED: { description: 'It has the role no more: the last reason is gone, or the account is not active.' },
  } as const,
})

export const WebhookEndpointChangeKind = builder.enumType('WebhookEndpointChangeKind', {
  description: 'What was done to an endpoint for webhooks.',
  values: {
    CREATED: { description: 'It was made.' },
    UPDATED: { description: 'What is decided about it changed.' },
    DISABLED: { description: 'It answered 410 Gone: nothing more is sent.' },
    SECRET_ROTATED: { description: 'It has a new secret.' },
    REPLAYED: { description: 'Messages are sent to it once more.' },
    DELETED: { description: 'It was deleted.' },
  } as const,
})

export const GuardChangeKind = builder.enumType('GuardChangeKind', {
  description: 'What the guard did, or somebody decided about it.',
  values: {
    HELD: { description: 'It was stopped before the first was taken away: somebody has to approve or reject.' },
    APPROVED: { description: 'It goes on.' },
    REJECTED: { description: 'It is not done.' },
  } as const,
})

export const AttributeMappingChangeKind = builder.enumType('AttributeMappingChangeKind', {
  description: 'What happened to the mapping of an attribute.',
  values: {
    UPDATED: { description: 'It is read from elsewhere; changes of the users who have another value by it follow.' },
  } as const,
})

export const OrganizationChangeKind = builder.enumType('OrganizationChangeKind', {
  description: 'What happened to an organization.',
  values: { UPDATED: { description: 'Somebody changed what holds for it.' } } as const,
})

export const ApiKeyChangeKind = builder.enumType('ApiKeyChangeKind', {
  description: 'What was done to an API key.',
  values: {
    CREATED: { description: 'It was made.' },
    REVOKED: { description: 'It was ended.' },
  } as const,
})

export const SyncRunChangeKind = builder.enumType('SyncRunChangeKind', {
  description: 'What was done to a comparison with WorkOS.',
  values: {
    REQUESTED: { description: 'It was asked for.' },
    CANCELLED: { description: 'It is to stop, or has not begun.' },
  } as const,
})

export const DirectoryGuardChangeKind = builder.enumType('DirectoryGuardChangeKind', {
  description: 'What was done to the thresholds of a directory.',
  values: { UPDATED: { description: 'They are others from the next judgement on.' } } as const,
})

export const PortalChangeKind = builder.enumType('PortalChangeKind', {
  description: "What was done to let somebody into WorkOS's Admin Portal, or no more.",
  values: {
    LINK_GENERATED: { description: 'A link was made, which lives for five minutes.' },
    INVITATION_SENT: { description: 'Somebody was invited by mail.' },
    INVITATION_REVOKED: { description: 'An invitation was ended.' },
  } as const,
})
