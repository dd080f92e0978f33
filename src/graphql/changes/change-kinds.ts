import { builder } from '../builder.ts'

export const ChangeSource = builder.enumType('ChangeSource', {
  description: 'What caused a change.',
  values: {
    WEBHOOK: { description: 'A webhook from WorkOS.' },
    EVENTS_API: { description: "WorkOS's Events API." },
    SYNC_RUN: { description: 'A sync run, or the regular poll of the list of directories.' },
    MUTATION: { description: 'A mutation of this API, or `npm run api-key`.' },
    RETENTION: { description: 'Retention: old data is purged.' },
    OUTBOUND: { description: 'The response of a webhook endpoint.' },
  } as const,
})

export const ChangeKind = builder.enumType('ChangeKind', {
  description: 'Every kind of change, across all types, for filtering.',
  values: {
    DIRECTORY_ACTIVATED: { description: 'A directory was connected.' },
    DIRECTORY_UPDATED: { description: 'Something about a directory changed.' },
    DIRECTORY_DEACTIVATED: { description: 'A directory was disconnected.' },
    DIRECTORY_DELETED: { description: 'A directory was deleted.' },
    DIRECTORY_USER_CREATED: { description: 'A user appeared.' },
    DIRECTORY_USER_UPDATED: { description: 'Something about a user changed.' },
    DIRECTORY_USER_DEACTIVATED: { description: 'Access must be denied from now on.' },
    DIRECTORY_USER_REACTIVATED: {
      description: 'A user that was deactivated or deleted came back; after a deletion possibly as INACTIVE.',
    },
    DIRECTORY_USER_DELETED: { description: 'A user was deleted.' },
    DIRECTORY_USER_PURGED: { description: 'The remaining data of a deleted user was erased.' },
    DIRECTORY_GROUP_CREATED: { description: 'A group appeared.' },
    DIRECTORY_GROUP_UPDATED: { description: 'Something about a group changed.' },
    DIRECTORY_GROUP_DELETED: { description: 'A group was deleted.' },
    DIRECTORY_GROUP_PURGED: { description: 'The remaining data of a deleted group was erased.' },
    MEMBERSHIP_ADDED: { description: 'A user became a member of a group.' },
    MEMBERSHIP_REMOVED: {
      description: 'A user is no longer a member of a group: it was removed, or one of the two was deleted.',
    },
    EVENTS_REPLAYED: { description: 'Events were replayed.' },
    EVENTS_DISCARDED: { description: 'Events were discarded: by a caller, or because failed ones were purged.' },
    USER_PROVISIONED: { description: 'An account was created: for a directory user, or by the application.' },
    USER_LINKED: { description: 'A directory user was linked to an account.' },
    USER_UPDATED: { description: 'Something about an account changed.' },
    USER_DEACTIVATED: { description: 'Access of an account is denied from now on and open sessions end.' },
    USER_REACTIVATED: { description: 'Access of an account is allowed again.' },
    USER_DELETED: { description: 'An account was deleted and its personal data erased.' },
    USER_SESSIONS_REVOKED: { description: 'Open sessions of an account must end.' },
    ROLE_GRANTED: { description: 'An account gained a role.' },
    ROLE_REVOKED: { description: 'An account lost a role.' },
    ROLE_CREATED: { description: 'A role was created.' },
    ROLE_UPDATED: { description: 'A role was changed.' },
    ROLE_DELETED: { description: 'A role was deleted.' },
    ROLE_MAPPING_CREATED: { description: 'A role mapping was created.' },
    ROLE_MAPPING_UPDATED: { description: 'A role mapping was changed.' },
    ROLE_MAPPING_DELETED: { description: 'A role mapping was deleted.' },
    WEBHOOK_ENDPOINT_CREATED: { description: 'A webhook endpoint was created.' },
    WEBHOOK_ENDPOINT_UPDATED: { description: 'A webhook endpoint was changed.' },
    WEBHOOK_ENDPOINT_DISABLED: { description: 'An endpoint refused further webhooks with 410 Gone.' },
    WEBHOOK_ENDPOINT_SECRET_ROTATED: { description: 'The secret of a webhook endpoint was rotated.' },
    WEBHOOK_ENDPOINT_REPLAYED: { description: 'Messages to a webhook endpoint were replayed.' },
    WEBHOOK_ENDPOINT_DELETED: { description: 'A webhook endpoint was deleted.' },
    CHANGES_HELD: {
      description: 'The guard held changes that would remove too much: they have to be approved or rejected.',
    },
    HELD_CHANGES_APPROVED: {
      description: 'What the guard had held was approved, or the whole directory was deleted.',
    },
    HELD_CHANGES_REJECTED: { description: 'What the guard had held was rejected.' },
    ROLE_GRANT_ADDED: { description: 'A role was granted by hand.' },
    ROLE_GRANT_REMOVED: { description: 'A role granted by hand was revoked.' },
    ATTRIBUTE_MAPPING_UPDATED: { description: 'An attribute is read from elsewhere.' },
    ORGANIZATION_UPDATED: { description: 'The settings of an organization were changed.' },
    API_KEY_CREATED: { description: 'An API key was created.' },
    API_KEY_REVOKED: { description: 'An API key was revoked.' },
    SYNC_REQUESTED: { description: 'A sync run was requested.' },
    SYNC_CANCELLED: { description: 'A sync run was stopped.' },
    GUARD_UPDATED: { description: 'The guard thresholds of a directory were changed.' },
    PORTAL_LINK_GENERATED: { description: "A link to WorkOS's Admin Portal was created." },
    SETUP_INVITATION_SENT: { description: 'An IT admin was invited to set something up.' },
    SETUP_INVITATION_REVOKED: { description: 'A setup invitation was revoked.' },
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
    DEACTIVATED: { description: 'Access must be denied from now on.' },
    REACTIVATED: {
      description: 'They came back, after having been deactivated or deleted; after a deletion possibly as INACTIVE.',
    },
    DELETED: { description: 'They were deleted.' },
    PURGED: { description: 'Their remaining data was erased.' },
  } as const,
})

export const DirectoryGroupChangeKind = builder.enumType('DirectoryGroupChangeKind', {
  description: 'What happened to a group.',
  values: {
    CREATED: { description: 'It appeared, or came back.' },
    UPDATED: { description: 'Something about it changed.' },
    DELETED: { description: 'It was deleted.' },
    PURGED: { description: 'Its remaining data was erased.' },
  } as const,
})

export const MembershipChangeKind = builder.enumType('MembershipChangeKind', {
  description: 'What happened to a membership.',
  values: {
    ADDED: { description: 'It began, or is visible again because its user or group came back.' },
    REMOVED: { description: 'It ended, or is hidden because its user or group was deleted.' },
  } as const,
})

export const EventsChangeKind = builder.enumType('EventsChangeKind', {
  description: 'What was done to events.',
  values: {
    REPLAYED: { description: 'They will be applied again.' },
    DISCARDED: { description: 'They will not be applied.' },
  } as const,
})

export const UserChangeKind = builder.enumType('UserChangeKind', {
  description: 'What happened to an account.',
  values: {
    PROVISIONED: {
      description: 'It was created: for a directory user, or by the application, in which case `actor` is set.',
    },
    LINKED: { description: 'A directory user was linked to it.' },
    UPDATED: { description: 'Something about it changed.' },
    DEACTIVATED: { description: 'Access is denied from now on and open sessions end.' },
    REACTIVATED: { description: 'Access is allowed again.' },
    DELETED: { description: 'The account was deleted and its personal data erased.' },
    SESSIONS_REVOKED: { description: 'Open sessions must end; new ones may begin.' },
  } as const,
})

export const RoleAssignmentChangeKind = builder.enumType('RoleAssignmentChangeKind', {
  description: 'What happened to a role of an account.',
  values: {
    GRANTED: { description: 'The account gained the role.' },
    REVOKED: { description: 'The account no longer has the role: its last reason ended or the account is inactive.' },
  } as const,
})

export const WebhookEndpointChangeKind = builder.enumType('WebhookEndpointChangeKind', {
  description: 'What was done to a webhook endpoint.',
  values: {
    CREATED: { description: 'It was created.' },
    UPDATED: { description: 'Its settings changed.' },
    DISABLED: { description: 'It responded with 410 Gone: nothing more is sent.' },
    SECRET_ROTATED: { description: 'It has a new secret.' },
    REPLAYED: { description: 'Messages are sent to it again.' },
    DELETED: { description: 'It was deleted.' },
  } as const,
})

export const GuardChangeKind = builder.enumType('GuardChangeKind', {
  description: 'What the guard did, or what was decided about it.',
  values: {
    HELD: { description: 'Changes were held before anything was removed: they have to be approved or rejected.' },
    APPROVED: { description: 'The changes proceed.' },
    REJECTED: { description: 'The changes are not made.' },
  } as const,
})

export const AttributeMappingChangeKind = builder.enumType('AttributeMappingChangeKind', {
  description: 'What happened to the mapping of an attribute.',
  values: {
    UPDATED: { description: 'It is read from elsewhere; a change follows for each user whose value changed.' },
  } as const,
})

export const OrganizationChangeKind = builder.enumType('OrganizationChangeKind', {
  description: 'What happened to an organization.',
  values: { UPDATED: { description: 'Its settings were changed.' } } as const,
})

export const ApiKeyChangeKind = builder.enumType('ApiKeyChangeKind', {
  description: 'What was done to an API key.',
  values: {
    CREATED: { description: 'It was created.' },
    REVOKED: { description: 'It was revoked.' },
  } as const,
})

export const SyncRunChangeKind = builder.enumType('SyncRunChangeKind', {
  description: 'What was done to a sync run.',
  values: {
    REQUESTED: { description: 'It was requested.' },
    CANCELLED: { description: 'It was stopped, or cancelled before it began.' },
  } as const,
})

export const DirectoryGuardChangeKind = builder.enumType('DirectoryGuardChangeKind', {
  description: 'What was done to the guard thresholds of a directory.',
  values: { UPDATED: { description: 'They apply from the next check on.' } } as const,
})

export const PortalChangeKind = builder.enumType('PortalChangeKind', {
  description: "What was done about access to WorkOS's Admin Portal.",
  values: {
    LINK_GENERATED: { description: 'A link was created, valid for five minutes.' },
    INVITATION_SENT: { description: 'An IT admin was invited by mail.' },
    INVITATION_REVOKED: { description: 'An invitation was revoked.' },
  } as const,
})
