import type { Tx } from '../db/database.ts'
import { notFound } from '../operations/refusal.ts'

/** Throws Refusal if there is no such organization or the caller is bound to another one (law 8). */
export async function requireOrganization(tx: Tx, id: string, boundTo: string | null): Promise<void> {
  const text = 'select from organization where id = $1 and ($2::text is null or id = $2)'
  const { rowCount } = await tx.query(text, [id, boundTo])
  if (rowCount === 0) throw notFound('organization', id)
}
