import type { Queryable } from '../db/database.ts'

export interface Owner {
  readonly organizationId: string
  /** The hour in which it came from another organization; null where it never did. */
  readonly since: Date | null
}

export type Owners = ReadonlyMap<string, Owner>

/**
 * The organization of each directory; of those that are not known or of none, nothing. Nor of those that come from
 * another one in this transaction: numbers of that one's may be among its (law 8).
 */
export async function ownersOf(db: Queryable, directoryIds: readonly string[]): Promise<Owners> {
  // It is not seen how many they are: else it would be planned each time.
  const { rows } = await db.query<Owner & { id: string }>({
    name: 'owners-of-directories',
    text: `select id, organization_id as "organizationId", date_trunc('hour', foreign_noted_at, 'UTC') as since
           from directory where id = any(array(select unnest($1::text[]))) and organization_id is not null
             and coalesce(foreign_noted_at, '-infinity') < transaction_timestamp()`,
    values: [directoryIds],
  })
  return new Map(rows.map((owner) => [owner.id, owner]))
}
