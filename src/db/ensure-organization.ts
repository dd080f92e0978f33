import type { Queryable } from './database.ts'

/**
 * Whatever belongs to a customer may be created before their first directory is known, and by several at once. Returns
 * whether the organization is new.
 */
export async function ensureOrganization(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query('insert into organization (id) values ($1) on conflict do nothing', [id])
  return rowCount === 1
}
