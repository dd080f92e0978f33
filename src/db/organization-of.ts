import type { Queryable } from './database.ts'

/** The organization to which a directory belongs at present; null if to none, or if the directory is unknown. */
export async function organizationOf(db: Queryable, directoryId: string): Promise<string | null> {
  const text = 'select organization_id as id from directory where id = $1'
  return (await db.query<{ id: string | null }>(text, [directoryId])).rows[0]?.id ?? null
}
