import type { Queryable } from '../db/database.ts'
import { attributesOf, type Attributes, type DescribedUser } from '../directory/attributes.ts'
import { readAttributeMappings } from './read-attribute-mappings.ts'

/** The columns of `directory_user` that attributes are read from, named as in DescribedUser. */
export const DESCRIBED_COLUMNS = `
  custom_attributes as "customAttributes", raw_attributes as "rawAttributes", job_title as "jobTitle", username, email,
  idp_id as "idpId"`

/**
 * The attributes of users by their ids, as `db` now sees them and their directories' mappings: inside a transaction,
 * with what it has written. Two statements, however many users; missing users are left out, tombstones are not.
 */
export async function readAttributes(db: Queryable, userIds: readonly string[]): Promise<Map<string, Attributes>> {
  if (userIds.length === 0) return new Map()
  const { rows } = await db.query<DescribedUser & { id: string; directoryId: string }>({
    name: 'read-described-users',
    text: `select id, directory_id as "directoryId", ${DESCRIBED_COLUMNS} from directory_user where id = any($1::text[])`,
    values: [userIds],
  })
  const mappings = await readAttributeMappings(db, [...new Set(rows.map(({ directoryId }) => directoryId))])
  // The database ensures that every user has a directory.
  return new Map(rows.map((user) => [user.id, attributesOf(user, mappings.get(user.directoryId)!.sources)]))
}
