import type { Administrator } from './administrator.ts'

/** To which account an identity is to belong: one that is there, or that of the application's own id. */
export interface LinkRequest {
  readonly directoryUserId: string
  /** `account_…` */
  readonly userId: string | null
  /** The application's own id of the account. */
  readonly externalId: string | null
  /** AuthKit's user, where the caller knows it. */
  readonly workosUserId: string | null
}

/**
 * LINKED: the identity goes to an account that is there. NAMED: its present account gets the application's id. CREATED:
 * an account of that id is made for it. UNCHANGED: it is there already.
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

/** What becomes of a row. */
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
  /** Accounts that were made for identities and go away, now that these belong to others. */
  readonly deleted: number
  /** Accounts that are active and must not be let in any more, since no identity of theirs is active. */
  readonly deactivated: number
}

export interface LinkImport extends LinkCounts {
  readonly dryRun: boolean
  /** Whether anything was written: all of it, or nothing. */
  readonly imported: boolean
  readonly rows: number
  readonly problemCount: number
  /** The first of them. */
  readonly problems: readonly LinkProblem[]
  /** Some rows, from the line that was asked for. */
  readonly report: readonly LinkedRow[]
  /** Accounts whose state and roles follow in the transactions after this one. */
  readonly settling: number
}

export interface LinkImportRequest {
  readonly csv: AsyncIterable<Uint8Array | string>
  readonly dryRun: boolean
  /** The report begins after this line. */
  readonly reportAfterLine: number
}

/** An account that was made for identities, and the one that the application had before. */
export interface EmailPair {
  readonly directoryUserIds: readonly string[]
  readonly userId: string
}

/** Accounts and identities of one address that cannot be told apart. */
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

/** An account as the application knows it. What is left out stays as it is; null clears it. */
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
  /** Ids of the accounts, in the order in which they were given. */
  readonly ids: readonly string[]
}

/**
 * What may be done to accounts by hand. Each is one transaction and stands in the change log with its actor. They throw
 * Refusal where nothing is done; what the asker may not see is as good as not there (law 8). Ids that they give are
 * those of accounts.
 */
export interface AccountOperations {
  link(request: LinkRequest, by: Administrator): Promise<string>
  /** Gives the account of its own that the identity gets. */
  unlink(directoryUserId: string, by: Administrator): Promise<string>
  importLinks(request: LinkImportRequest, by: Administrator): Promise<LinkImport>
  linkByEmail(request: { organizationId: string; dryRun: boolean }, by: Administrator): Promise<EmailLinks>
  upsert(request: { organizationId: string; users: readonly RegisteredUser[] }, by: Administrator): Promise<Upserted>
  disable(accountId: string, reason: string, by: Administrator): Promise<void>
  enable(accountId: string, reason: string, by: Administrator): Promise<void>
  revokeSessions(accountId: string, by: Administrator): Promise<void>
  updateOrganization(organizationId: string, change: { linkByEmail?: boolean }, by: Administrator): Promise<void>
}
