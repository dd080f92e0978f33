import type { SnapshotPage } from '../sync/apply-snapshot.ts'
import type { SyncRun } from './run-context.ts'

/** A page of one of the three lists, and how far the sync run has come when it is written. */
export interface ListedPage extends SnapshotPage {
  readonly position: Partial<Pick<SyncRun, 'phase' | 'cursor' | 'groupId'>>
  /** The group whose member list ends with this page. */
  readonly wholeGroup?: string
}

export const EMPTY_PAGE: SnapshotPage = { users: [], groups: [], members: [] }
