import type { Viewer } from '../auth/viewer.ts'
import { equal, type Condition, type Listing } from './lists/listing.ts'

/** Restricts a root list to the viewer's organization (law 8). Lists inside an object are restricted by the object. */
export function ownRows({ organizationId }: Viewer): Condition[] {
  return organizationId === null ? [] : [equal('x.organization_id', 'text', organizationId)]
}

/** The owner of rows that reference a directory: all rows of a directory belong to its organization. */
export const OWNER: NonNullable<Listing['owner']> = {
  column: 'x.directory_id',
  of: 'x.organization_id',
  sql: 'select organization_id from directory where id = ?',
}

/** Returns the organization that the rows of a list must belong to; null for any. */
export const organizationOf = (conditions: readonly Condition[]): unknown =>
  conditions.find(({ equals }) => equals?.column === OWNER.of)?.value ?? null
