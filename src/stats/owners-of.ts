import type { Queryable } from '../db/database.ts'

interface Owner {
  readonly organizationId: string
  /** The hour in which it came from another organization; null if it never did. */
  readonly since: Date | null
}

export type Owners = ReadonlyMap<string, Owner>

/**
 * Returns the organization of each directory, without those that are unknown or have none, and without those that come
 * from another organization in this transaction: that one's numbers may be among theirs (law 8).
 */
export async function ownersOf(db: Queryable, directoryIds: readonly string[]): Promise<Owners> {
  // The array is hidden behind a sub-select so that one generic plan is kept.
  const { rows } = await db.query<Owner & { id: string }>({
    name: 'owners-of-directories',
    text: `select id, organization_id as "organizationId", date_trunc('hour', foreign_noted_at, 'UTC') as since
           from directory where id = any(array(select unnest($1::text[]))) and organization_id is not null
             and coalesce(foreign_noted_at, '-infinity') < transaction_timestamp()`,
    values: [directoryIds],
  })
  return new Map(rows.map((owner) => [owner.id, owner]))
}
