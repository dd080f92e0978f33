import type { Viewer } from '../auth/viewer.ts'
import type { CursorSeal } from '../changes/cursor.ts'
import type { Feed, Lease } from '../changes/feed.ts'
import type { Database } from '../db/database.ts'
import type { GeneratePortalLink } from '../directory/portal-link.ts'
import type { Loaders } from './loaders.ts'

/** What may be done; handed in, so that nothing of GraphQL knows where it is done. */
export interface Operations {
  readonly createApiKey: typeof import('../auth/api-key.ts').createApiKey
  readonly revokeApiKey: typeof import('../auth/api-key.ts').revokeApiKey
  readonly generatePortalLink: GeneratePortalLink
}

/** What every resolver gets. */
export interface Context {
  readonly viewer: Viewer
  readonly db: Database
  readonly feed: Feed
  readonly cursors: CursorSeal
  readonly operations: Operations
  readonly now: () => Date
  /** Begins something that outlives the request, such as a subscription. */
  readonly open: () => Lease
  /** Made anew for what a subscription reads next: what they remember is as of one moment. */
  loaders: Loaders
}
