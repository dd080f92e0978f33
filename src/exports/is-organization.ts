import type { Queryable } from '../db/database.ts'

/** Whether there is an organization with this id, whatever text it may be. */
export async function isOrganization(db: Queryable, id: string): Promise<boolean> {
  if (id.includes('\0')) return false
  return (await db.query('select from organization where id = $1', [id])).rows.length > 0
}
