import type { Administrator } from './administrator.ts'

/** The account to link an identity to: an existing one, or the one with the application's own id. */
export interface LinkRequest {
  readonly directoryUserId: string
  /** `account_…` */
  readonly userId: string | null
  /** The application's own id of the account. */
  readonly externalId: string | null
  /** AuthKit's user, if the caller knows it. */
  readonly workosUserId: string | null
}

/**
 * LINKED: the identity moves to an existing account. NAMED: its present account gets the application's id. CREATED: an
 * account with that id is created for it. UNCHANGED: it is already linked.
 */
export type LinkOutcome = 'LINKED' | 'NAMED' | 'CREATED' | 'UNCHANGED'

export type LinkProblemKind =
  | 'MALFORMED'
  | 'INVALID_USER_ID'
  | 'UNKNOWN_DIRECTORY_USER'
  | 'UNKNOWN_USER'
  | 'UNKNOWN_ORGANIZATION'
  | 'REPEATED'
  | 'OTHER_AUTHKIT_USER'

/** A row that cannot be imported. */
export interface LinkProblem {
  readonly line: number
  readonly kind: LinkProblemKind
  readonly message: string
}

/** The outcome of a row. */
export interface LinkedRow {
  readonly line: number
  readonly externalId: string
  readonly directoryUserId: string
  readonly outcome: LinkOutcome
}

export interface LinkCounts {
  /** Rows of each outcome. */
  readonly linked: number
  readonly named: number
  readonly created: number
  readonly unchanged: number
  /** Accounts created for identities, deleted now that these belong to others. */
  readonly deleted: number
  /** Active accounts that must not be let in any more, since none of their identities is active. */
  readonly deactivated: number
}

export interface LinkImport extends LinkCounts {
  readonly dryRun: boolean
  /** Whether the import was written: all of it or nothing. */
  readonly imported: boolean
  readonly rows: number
  readonly problemCount: number
  /** The first of them. */
  readonly problems: readonly LinkProblem[]
  /** Some of the rows, from the requested line on. */
  readonly report: readonly LinkedRow[]
  /** Accounts whose state and roles follow in later transactions. */
  readonly settling: number
}

export interface LinkImportRequest {
  readonly csv: AsyncIterable<Uint8Array | string>
  /** What the caller gave it as, for issues. */
  readonly givenAs: 'csv' | 'file'
  readonly dryRun: boolean
  /** The report begins after this line. */
  readonly reportAfterLine: number
}

/** An account created for identities, and the one that the application already had. */
export interface EmailPair {
  readonly directoryUserIds: readonly string[]
  readonly userId: string
}

/** Accounts and identities that share an address and cannot be told apart. */
export interface EmailConflict {
  readonly directoryUserIds: readonly string[]
  readonly userIds: readonly string[]
}

export interface EmailLinks {
  readonly dryRun: boolean
  readonly pairCount: number
  readonly pairs: readonly EmailPair[]
  readonly conflictCount: number
  readonly conflicts: readonly EmailConflict[]
  readonly settling: number
}

/** An account as the application knows it. Omitted fields keep their value; null clears it. */
export interface RegisteredUser {
  readonly externalId: string
  readonly email?: string | null | undefined
  readonly emailVerified?: boolean | null | undefined
  readonly firstName?: string | null | undefined
  readonly lastName?: string | null | undefined
  readonly workosUserId?: string | null | undefined
}

export interface Upserted {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  /** Ids of the accounts, in the order given. */
  readonly ids: readonly string[]
}

/**
 * Manual operations on accounts. Each is one transaction and appears in the change log with its actor. They throw
 * Refusal if nothing is done; what the caller may not see is treated as missing (law 8). The ids that they return are
 * account ids.
 */
export interface AccountOperations {
  link(request: LinkRequest, by: Administrator): Promise<string>
  /** Returns the account of its own that the identity gets. */
  unlink(directoryUserId: string, by: Administrator): Promise<string>
  importLinks(request: LinkImportRequest, by: Administrator): Promise<LinkImport>
  linkByEmail(request: { organizationId: string; dryRun: boolean }, by: Administrator): Promise<EmailLinks>
  upsert(request: { organizationId: string; users: readonly RegisteredUser[] }, by: Administrator): Promise<Upserted>
  disable(accountId: string, reason: string, by: Administrator): Promise<void>
  enable(accountId: string, reason: string, by: Administrator): Promise<void>
  revokeSessions(accountId: string, by: Administrator): Promise<void>
  updateOrganization(organizationId: string, change: { linkByEmail?: boolean }, by: Administrator): Promise<void>
}
