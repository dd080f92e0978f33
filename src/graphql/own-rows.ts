import type { Viewer } from '../auth/viewer.ts'
import { equal, type Condition, type Listing } from './lists/listing.ts'

/** What keeps a list at the root to the viewer's organization (law 8). Lists inside an object are its object's. */
export function ownRows({ organizationId }: Viewer): Condition[] {
  return organizationId === null ? [] : [equal('x.organization_id', 'text', organizationId)]
}

/** Whose the rows of a table are that name their directory: all of a directory are its organization's. */
export const OWNER: NonNullable<Listing['owner']> = {
  column: 'x.directory_id',
  of: 'x.organization_id',
  sql: 'select organization_id from directory where id = ?',
}

/** Which organization the rows of a list have to be of; null where they may be of any. */
export const organizationOf = (conditions: readonly Condition[]): unknown =>
  conditions.find(({ equals }) => equals?.column === OWNER.of)?.value ?? null
