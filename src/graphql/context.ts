import type { KeyOperations } from '../auth/key-operations.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { CursorSeal } from '../changes/cursor.ts'
import type { Delivery, Feed } from '../changes/feed.ts'
import type { Lease } from '../changes/lease.ts'
import type { Database } from '../db/database.ts'
import type { SyncRun } from '../generated/prisma/client.ts'
import type { AccountOperations } from '../operations/account-operations.ts'
import type { DiscardEvents, ReplayEvents } from '../operations/event-actions.ts'
import type { GeneratePortalLinkFor } from '../operations/portal-link.ts'
import type { RoleOperations } from '../operations/role-operations.ts'
import type { GuardOperations } from '../operations/guard-operations.ts'
import type { RunOperations } from '../operations/run-operations.ts'
import type { RevokeSetupInvitation, SendSetupInvitation } from '../operations/setup-invitation.ts'
import type { UpdateAttributeMapping } from '../operations/update-attribute-mapping.ts'
import type { WebhookOperations } from '../operations/webhook-operations.ts'
import type { SyncHealth } from '../stats/health.ts'
import type { KnownCounts } from './loading/known-counts.ts'
import type { Loaders } from './loading/loaders.ts'

/** The available operations, injected so that the GraphQL code does not depend on their implementation. */
export interface Operations {
  readonly keys: KeyOperations
  readonly generatePortalLink: GeneratePortalLinkFor
  readonly sendSetupInvitation: SendSetupInvitation
  readonly revokeSetupInvitation: RevokeSetupInvitation
  readonly runs: RunOperations
  readonly guard: GuardOperations
  readonly replayEvents: ReplayEvents
  readonly discardEvents: DiscardEvents
  readonly webhooks: WebhookOperations
  readonly roles: RoleOperations
  readonly updateAttributeMapping: UpdateAttributeMapping
  readonly accounts: AccountOperations
}

/** The context of every resolver. */
export interface Context {
  readonly viewer: Viewer
  readonly db: Database
  readonly counts: KnownCounts
  readonly feed: Pick<Feed, 'subscribe'>
  readonly cursors: CursorSeal
  /** Yields a run, then again on each change. The caller has checked that the viewer may see it. */
  readonly followRun: (runId: string, open: () => Lease) => AsyncIterableIterator<SyncRun>
  /** Yields a directory's health, then again on each change. The caller has checked that the viewer may see it. */
  readonly followHealth: (directoryId: string, open: () => Lease) => AsyncIterableIterator<SyncHealth>
  /** The guard's thresholds for directories without their own. */
  readonly guard: { readonly minimum: number; readonly percent: number }
  /** Loads them the first time. */
  readonly operations: () => Operations
  readonly now: () => Date
  /** Begins something that outlives the request, such as a subscription. */
  readonly open: () => Lease
  /** Replaced for what a subscription reads next, since their cache reflects one moment. */
  loaders: Loaders
  /** The page of changes that the loaders belong to, when a subscription reads page after page. */
  page: Delivery['page'] | null
  /**
   * Directories whose rows the response holds, for `extensions.freshness`; null if responses do not report freshness.
   */
  concerned: Set<string> | null
}
