/**
 * Everything that the log records: for each type of change in the schema its kinds, by their names within the type, and
 * the type of the message that reports each. The kind across all types follows from the latter: `role.grant_added` is
 * ROLE_GRANT_ADDED.
 */
const CHANGE_TYPES = {
  DirectoryChange: {
    ACTIVATED: 'directory.activated',
    UPDATED: 'directory.updated',
    DEACTIVATED: 'directory.deactivated',
    DELETED: 'directory.deleted',
  },
  DirectoryUserChange: {
    CREATED: 'directory_user.created',
    UPDATED: 'directory_user.updated',
    DEACTIVATED: 'directory_user.deactivated',
    REACTIVATED: 'directory_user.reactivated',
    DELETED: 'directory_user.deleted',
    PURGED: 'directory_user.purged',
  },
  DirectoryGroupChange: {
    CREATED: 'directory_group.created',
    UPDATED: 'directory_group.updated',
    DELETED: 'directory_group.deleted',
    PURGED: 'directory_group.purged',
  },
  MembershipChange: {
    ADDED: 'membership.added',
    REMOVED: 'membership.removed',
  },
  EventsChange: {
    REPLAYED: 'events.replayed',
    DISCARDED: 'events.discarded',
  },
  UserChange: {
    PROVISIONED: 'user.provisioned',
    LINKED: 'user.linked',
    UPDATED: 'user.updated',
    DEACTIVATED: 'user.deactivated',
    REACTIVATED: 'user.reactivated',
    DELETED: 'user.deleted',
    SESSIONS_REVOKED: 'user.sessions_revoked',
  },
  OrganizationChange: {
    UPDATED: 'organization.updated',
  },
  RoleAssignmentChange: {
    GRANTED: 'role.granted',
    REVOKED: 'role.revoked',
  },
  RoleChange: {
    CREATED: 'role.created',
    UPDATED: 'role.updated',
    DELETED: 'role.deleted',
  },
  RoleMappingChange: {
    CREATED: 'role_mapping.created',
    UPDATED: 'role_mapping.updated',
    DELETED: 'role_mapping.deleted',
  },
  RoleGrantChange: {
    ADDED: 'role.grant_added',
    REMOVED: 'role.grant_removed',
  },
  WebhookEndpointChange: {
    CREATED: 'webhook_endpoint.created',
    UPDATED: 'webhook_endpoint.updated',
    DISABLED: 'webhook_endpoint.disabled',
    SECRET_ROTATED: 'webhook_endpoint.secret_rotated',
    REPLAYED: 'webhook_endpoint.replayed',
    DELETED: 'webhook_endpoint.deleted',
  },
  AttributeMappingChange: {
    UPDATED: 'attribute_mapping.updated',
  },
  ApiKeyChange: {
    CREATED: 'api_key.created',
    REVOKED: 'api_key.revoked',
  },
  SyncRunChange: {
    REQUESTED: 'sync.requested',
    CANCELLED: 'sync.cancelled',
  },
  DirectoryGuardChange: {
    UPDATED: 'guard.updated',
  },
  GuardChange: {
    HELD: 'changes.held',
    APPROVED: 'held_changes.approved',
    REJECTED: 'held_changes.rejected',
  },
  PortalChange: {
    LINK_GENERATED: 'portal_link.generated',
    INVITATION_SENT: 'setup_invitation.sent',
    INVITATION_REVOKED: 'setup_invitation.revoked',
  },
} as const satisfies Record<string, Record<string, `${string}.${string}`>>

type ChangeTypes = typeof CHANGE_TYPES
export type ChangeTypeName = keyof ChangeTypes

type KindOfMessage<Type> = Type extends `${infer Subject}.${infer Action}` ? Uppercase<`${Subject}_${Action}`> : never
type KindsOf<Name extends ChangeTypeName> = KindOfMessage<ChangeTypes[Name][keyof ChangeTypes[Name]]>

/**
 * The kinds of changes in the log: what happened to the mirror, to accounts and their roles, or what a caller did.
 */
export type ChangeKind = { [Name in ChangeTypeName]: KindsOf<Name> }[ChangeTypeName]

/** What the mass-change guard did, and what was decided about it. */
export type GuardChangeKind = KindsOf<'GuardChange'>

export interface ChangeNames {
  readonly kind: ChangeKind
  readonly typeName: ChangeTypeName
  /** The kind within its type. */
  readonly ownKind: string
  /** In the style of Standard Webhooks. */
  readonly messageType: string
}

/** All names of each kind, in the order of the table. */
export const CHANGE_NAMES = Object.fromEntries(
  Object.entries(CHANGE_TYPES).flatMap(([typeName, kinds]) =>
    Object.entries(kinds).map(([ownKind, messageType]) => {
      const kind = messageType.replace('.', '_').toUpperCase()
      return [kind, { kind, typeName, ownKind, messageType }]
    }),
  ),
) as Readonly<Record<ChangeKind, ChangeNames>>
