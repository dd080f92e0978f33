import type { StoredChange } from '../../changes/read.ts'
import type { ChangeKind } from '../../directory/changes.ts'

// For each change type, the log's kinds that it shows and their names in its own `kind` enum.
const OWN_KINDS = {
  DirectoryChange: {
    DIRECTORY_ACTIVATED: 'ACTIVATED',
    DIRECTORY_UPDATED: 'UPDATED',
    DIRECTORY_DEACTIVATED: 'DEACTIVATED',
    DIRECTORY_DELETED: 'DELETED',
  },
  DirectoryUserChange: {
    DIRECTORY_USER_CREATED: 'CREATED',
    DIRECTORY_USER_UPDATED: 'UPDATED',
    DIRECTORY_USER_DEACTIVATED: 'DEACTIVATED',
    DIRECTORY_USER_REACTIVATED: 'REACTIVATED',
    DIRECTORY_USER_DELETED: 'DELETED',
    DIRECTORY_USER_PURGED: 'PURGED',
  },
  DirectoryGroupChange: {
    DIRECTORY_GROUP_CREATED: 'CREATED',
    DIRECTORY_GROUP_UPDATED: 'UPDATED',
    DIRECTORY_GROUP_DELETED: 'DELETED',
    DIRECTORY_GROUP_PURGED: 'PURGED',
  },
  MembershipChange: {
    MEMBERSHIP_ADDED: 'ADDED',
    MEMBERSHIP_REMOVED: 'REMOVED',
  },
  EventsChange: {
    EVENTS_REPLAYED: 'REPLAYED',
    EVENTS_DISCARDED: 'DISCARDED',
  },
  UserChange: {
    USER_PROVISIONED: 'PROVISIONED',
    USER_LINKED: 'LINKED',
    USER_UPDATED: 'UPDATED',
    USER_DEACTIVATED: 'DEACTIVATED',
    USER_REACTIVATED: 'REACTIVATED',
    USER_DELETED: 'DELETED',
    USER_SESSIONS_REVOKED: 'SESSIONS_REVOKED',
  },
  OrganizationChange: {
    ORGANIZATION_UPDATED: 'UPDATED',
  },
  RoleAssignmentChange: {
    ROLE_GRANTED: 'GRANTED',
    ROLE_REVOKED: 'REVOKED',
  },
  RoleChange: {
    ROLE_CREATED: 'CREATED',
    ROLE_UPDATED: 'UPDATED',
    ROLE_DELETED: 'DELETED',
  },
  RoleMappingChange: {
    ROLE_MAPPING_CREATED: 'CREATED',
    ROLE_MAPPING_UPDATED: 'UPDATED',
    ROLE_MAPPING_DELETED: 'DELETED',
  },
  RoleGrantChange: {
    ROLE_GRANT_ADDED: 'ADDED',
    ROLE_GRANT_REMOVED: 'REMOVED',
  },
  WebhookEndpointChange: {
    WEBHOOK_ENDPOINT_CREATED: 'CREATED',
    WEBHOOK_ENDPOINT_UPDATED: 'UPDATED',
    WEBHOOK_ENDPOINT_DISABLED: 'DISABLED',
    WEBHOOK_ENDPOINT_SECRET_ROTATED: 'SECRET_ROTATED',
    WEBHOOK_ENDPOINT_REPLAYED: 'REPLAYED',
    WEBHOOK_ENDPOINT_DELETED: 'DELETED',
  },
  AttributeMappingChange: {
    ATTRIBUTE_MAPPING_UPDATED: 'UPDATED',
  },
  ApiKeyChange: {
    API_KEY_CREATED: 'CREATED',
    API_KEY_REVOKED: 'REVOKED',
  },
  SyncRunChange: {
    SYNC_REQUESTED: 'REQUESTED',
    SYNC_CANCELLED: 'CANCELLED',
  },
  DirectoryGuardChange: {
    GUARD_UPDATED: 'UPDATED',
  },
  GuardChange: {
    CHANGES_HELD: 'HELD',
    HELD_CHANGES_APPROVED: 'APPROVED',
    HELD_CHANGES_REJECTED: 'REJECTED',
  },
  PortalChange: {
    PORTAL_LINK_GENERATED: 'LINK_GENERATED',
    SETUP_INVITATION_SENT: 'INVITATION_SENT',
    SETUP_INVITATION_REVOKED: 'INVITATION_REVOKED',
  },
} as const

type OwnKinds = typeof OWN_KINDS
type TypeName = keyof OwnKinds
type OwnKind<Name extends TypeName> = OwnKinds[Name][keyof OwnKinds[Name]]

/** Maps each kind to the type that shows it. A kind without a type does not compile. */
const TYPE_OF = Object.fromEntries(
  Object.entries(OWN_KINDS).flatMap(([name, kinds]) => Object.keys(kinds).map((kind) => [kind, name])),
) as Record<{ [Name in TypeName]: keyof OwnKinds[Name] }[TypeName], TypeName> satisfies Record<ChangeKind, TypeName>

export const typeOfChange = ({ kind }: StoredChange): TypeName => TYPE_OF[kind]

/** Returns a type's own name for the kind of a change: DELETED for DIRECTORY_USER_DELETED. */
export function ownKind<Name extends TypeName>(name: Name): (change: StoredChange) => OwnKind<Name> {
  const kinds = OWN_KINDS[name] as Partial<Record<ChangeKind, OwnKind<Name>>>
  return ({ kind }) => kinds[kind]!
}
