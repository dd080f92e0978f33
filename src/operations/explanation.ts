/**
 * What keeps an account from having a role. ACCOUNT_INACTIVE and IDENTITY_INACTIVE: no reason counts without the
 * account or identity. BEING_APPLIED: its reasons are still being worked out. The others concern a mapping that would
 * grant the role.
 */
export type MissingKind =
  | 'ACCOUNT_INACTIVE'
  | 'IDENTITY_INACTIVE'
  | 'BEING_APPLIED'
  | 'NO_MAPPING'
  | 'NO_IDENTITY'
  | 'OUT_OF_SCOPE'
  | 'NO_GROUP_MATCHES'
  | 'GROUP_DELETED'
  | 'NOT_A_MEMBER'
  | 'ATTRIBUTE_DIFFERS'

/** One thing that would have to be different; fields that do not apply to the kind are null. */
export interface Missing {
  readonly kind: MissingKind
  readonly message: string
  readonly mappingId: string | null
  readonly groupId: string | null
  readonly directoryUserId: string | null
}

/** Why an account has a role, or why not. */
export interface Explanation {
  readonly accountId: string
  readonly roleId: string
  readonly granted: boolean
  readonly missing: readonly Missing[]
  /** Whether more is missing than these: there are too many mappings to report all. */
  readonly hasMore: boolean
}
