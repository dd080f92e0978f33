import type { Viewer } from '../auth/viewer.ts'
import type { Condition } from './listing.ts'

/** What keeps a list at the root to the viewer's organization (law 8). Lists inside an object are its object's. */
export function ownRows({ organizationId }: Viewer): Condition[] {
  return organizationId === null ? [] : [{ sql: 'x.organization_id = ?', value: organizationId }]
}
