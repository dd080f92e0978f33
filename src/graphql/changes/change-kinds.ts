import { CHANGE_NAMES, type ChangeKind as Kind, type ChangeTypeName } from '../../directory/change-kinds.ts'
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

/** What each kind says of itself: among all kinds, and among those of its type. */
const DESCRIPTIONS: Readonly<Record<Kind, readonly [amongAll: string, ofItsType: string]>> = {
  DIRECTORY_ACTIVATED: ['A directory was connected.', 'It was connected.'],
  DIRECTORY_UPDATED: ['Something about a directory changed.', 'Something about it changed.'],
  DIRECTORY_DEACTIVATED: ['A directory was disconnected.', 'It was disconnected.'],
  DIRECTORY_DELETED: ['A directory was deleted.', 'It was deleted; changes for its users and groups follow.'],
  DIRECTORY_USER_CREATED: ['A user appeared.', 'They appeared.'],
  DIRECTORY_USER_UPDATED: ['Something about a user changed.', 'Something about them changed.'],
  DIRECTORY_USER_DEACTIVATED: ['Access must be denied from now on.', 'Access must be denied from now on.'],
  DIRECTORY_USER_REACTIVATED: [
    'A user that was deactivated or deleted came back; after a deletion possibly as INACTIVE.',
    'They came back, after having been deactivated or deleted; after a deletion possibly as INACTIVE.',
  ],
  DIRECTORY_USER_DELETED: ['A user was deleted.', 'They were deleted.'],
  DIRECTORY_USER_PURGED: ['The remaining data of a deleted user was erased.', 'Their remaining data was erased.'],
  DIRECTORY_GROUP_CREATED: ['A group appeared.', 'It appeared, or came back.'],
  DIRECTORY_GROUP_UPDATED: ['Something about a group changed.', 'Something about it changed.'],
  DIRECTORY_GROUP_DELETED: ['A group was deleted.', 'It was deleted.'],
  DIRECTORY_GROUP_PURGED: ['The remaining data of a deleted group was erased.', 'Its remaining data was erased.'],
  MEMBERSHIP_ADDED: [
    'A user became a member of a group.',
    'It began, or is visible again because its user or group came back.',
  ],
  MEMBERSHIP_REMOVED: [
    'A user is no longer a member of a group: it was removed, or one of the two was deleted.',
    'It ended, or is hidden because its user or group was deleted.',
  ],
  EVENTS_REPLAYED: ['Events were replayed.', 'They will be applied again.'],
  EVENTS_DISCARDED: [
    'Events were discarded: by a caller, or because failed ones were purged.',
    'They will not be applied.',
  ],
  USER_PROVISIONED: [
    'An account was created: for a directory user, or by the application.',
    'It was created: for a directory user, or by the application, in which case `actor` is set.',
  ],
  USER_LINKED: ['A directory user was linked to an account.', 'A directory user was linked to it.'],
  USER_UPDATED: ['Something about an account changed.', 'Something about it changed.'],
  USER_DEACTIVATED: [
    'Access of an account is denied from now on and open sessions end.',
    'Access is denied from now on and open sessions end.',
  ],
  USER_REACTIVATED: ['Access of an account is allowed again.', 'Access is allowed again.'],
  USER_DELETED: [
    'An account was deleted and its personal data erased.',
    'The account was deleted and its personal data erased.',
  ],
  USER_SESSIONS_REVOKED: ['Open sessions of an account must end.', 'Open sessions must end; new ones may begin.'],
  ORGANIZATION_UPDATED: ['The settings of an organization were changed.', 'Its settings were changed.'],
  ROLE_GRANTED: ['An account gained a role.', 'The account gained the role.'],
  ROLE_REVOKED: [
    'An account lost a role.',
    'The account no longer has the role: its last reason ended or the account is inactive.',
  ],
  ROLE_CREATED: ['A role was created.', 'It was created.'],
  ROLE_UPDATED: ['A role was changed.', 'It was changed.'],
  ROLE_DELETED: ['A role was deleted.', 'It was deleted.'],
  ROLE_MAPPING_CREATED: ['A role mapping was created.', 'It was created.'],
  ROLE_MAPPING_UPDATED: ['A role mapping was changed.', 'It was changed.'],
  ROLE_MAPPING_DELETED: ['A role mapping was deleted.', 'It was deleted.'],
  ROLE_GRANT_ADDED: ['A role was granted by hand.', 'A role was granted.'],
  ROLE_GRANT_REMOVED: ['A role granted by hand was revoked.', 'A role granted by hand was revoked.'],
  WEBHOOK_ENDPOINT_CREATED: ['A webhook endpoint was created.', 'It was created.'],
  WEBHOOK_ENDPOINT_UPDATED: ['A webhook endpoint was changed.', 'Its settings changed.'],
  WEBHOOK_ENDPOINT_DISABLED: [
    'An endpoint refused further webhooks with 410 Gone.',
    'It responded with 410 Gone: nothing more is sent.',
  ],
  WEBHOOK_ENDPOINT_SECRET_ROTATED: ['The secret of a webhook endpoint was rotated.', 'It has a new secret.'],
  WEBHOOK_ENDPOINT_REPLAYED: ['Messages to a webhook endpoint were replayed.', 'Messages are sent to it again.'],
  WEBHOOK_ENDPOINT_DELETED: ['A webhook endpoint was deleted.', 'It was deleted.'],
  ATTRIBUTE_MAPPING_UPDATED: [
    'An attribute is read from elsewhere.',
    'It is read from elsewhere; a change follows for each user whose value changed.',
  ],
  API_KEY_CREATED: ['An API key was created.', 'It was created.'],
  API_KEY_REVOKED: ['An API key was revoked.', 'It was revoked.'],
  SYNC_REQUESTED: ['A sync run was requested.', 'It was requested.'],
  SYNC_CANCELLED: ['A sync run was stopped.', 'It was stopped, or cancelled before it began.'],
  GUARD_UPDATED: ['The guard thresholds of a directory were changed.', 'They apply from the next check on.'],
  CHANGES_HELD: [
    'The guard held changes that would remove too much: they have to be approved or rejected.',
    'Changes were held before anything was removed: they have to be approved or rejected.',
  ],
  HELD_CHANGES_APPROVED: [
    'What the guard had held was approved, or the whole directory was deleted.',
    'The changes proceed.',
  ],
  HELD_CHANGES_REJECTED: ['What the guard had held was rejected.', 'The changes are not made.'],
  PORTAL_LINK_GENERATED: [
    "A link to WorkOS's Admin Portal was created.",
    'A link was created, valid for five minutes.',
  ],
  SETUP_INVITATION_SENT: ['An IT admin was invited to set something up.', 'An IT admin was invited by mail.'],
  SETUP_INVITATION_REVOKED: ['A setup invitation was revoked.', 'An invitation was revoked.'],
}

const NAMES = Object.values(CHANGE_NAMES)

export const ChangeKind = builder.enumType('ChangeKind', {
  description: 'Every kind of change, across all types, for filtering.',
  values: Object.fromEntries(NAMES.map(({ kind }) => [kind, { description: DESCRIPTIONS[kind][0] }])) as Record<
    Kind,
    { description: string }
  >,
})

function kindsOf(type: ChangeTypeName, description: string, name = `${type}Kind`) {
  const own = NAMES.filter(({ typeName }) => typeName === type)
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(own.map(({ kind, ownKind }) => [ownKind, { description: DESCRIPTIONS[kind][1] }])),
  })
}

const RoleAdministrationKind = kindsOf(
  'RoleChange',
  'What was done to a role or a role mapping.',
  'RoleAdministrationKind',
)

/** The enum of each type's `kind`. */
export const OWN_KINDS: Readonly<Record<ChangeTypeName, ReturnType<typeof kindsOf>>> = {
  DirectoryChange: kindsOf('DirectoryChange', 'What happened to a directory.'),
  DirectoryUserChange: kindsOf('DirectoryUserChange', 'What happened to a user of a directory.'),
  DirectoryGroupChange: kindsOf('DirectoryGroupChange', 'What happened to a group.'),
  MembershipChange: kindsOf('MembershipChange', 'What happened to a membership.'),
  EventsChange: kindsOf('EventsChange', 'What was done to events.'),
  UserChange: kindsOf('UserChange', 'What happened to an account.'),
  OrganizationChange: kindsOf('OrganizationChange', 'What happened to an organization.'),
  RoleAssignmentChange: kindsOf('RoleAssignmentChange', 'What happened to a role of an account.'),
  RoleChange: RoleAdministrationKind,
  RoleMappingChange: RoleAdministrationKind,
  RoleGrantChange: kindsOf('RoleGrantChange', 'What was done by hand.'),
  WebhookEndpointChange: kindsOf('WebhookEndpointChange', 'What was done to a webhook endpoint.'),
  AttributeMappingChange: kindsOf('AttributeMappingChange', 'What happened to the mapping of an attribute.'),
  ApiKeyChange: kindsOf('ApiKeyChange', 'What was done to an API key.'),
  SyncRunChange: kindsOf('SyncRunChange', 'What was done to a sync run.'),
  DirectoryGuardChange: kindsOf('DirectoryGuardChange', 'What was done to the guard thresholds of a directory.'),
  GuardChange: kindsOf('GuardChange', 'What the guard did, or what was decided about it.'),
  PortalChange: kindsOf('PortalChange', "What was done about access to WorkOS's Admin Portal."),
}
