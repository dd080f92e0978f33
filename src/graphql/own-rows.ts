import type { Viewer } from '../auth/viewer.ts'
import { equal, type Condition } from './listing.ts'

/** What keeps a list at the root to the viewer's organization (law 8). Lists inside an object are its object's. */
export function ownRows({ organizationId }: Viewer): Condition[] {
  return organizationId === null ? [] : [equal('x.organization_id', 'text', organizationId)]
}
