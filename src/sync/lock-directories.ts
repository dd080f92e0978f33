import type { Tx } from '../db/database.ts'

// Advisory locks share one number space with everybody else's on the database: the seed keeps ours apart.
const SEED = 7_264_551

/** Locks the first `limit` of the directories that nobody else has locked, until the transaction ends. Never waits. */
export async function tryLockDirectories(tx: Tx, ids: readonly string[], limit = ids.length): Promise<string[]> {
  if (ids.length === 0) return []
  // A scan with a limit tries lock after lock, and none after the last that it needs.
  const text = `select id from unnest($1::text[]) as id where pg_try_advisory_xact_lock(hashtextextended(id, ${SEED})) limit $2`
  const { rows } = await tx.query<{ id: string }>({ name: 'try-lock-directories', text, values: [ids, limit] })
  return rows.map((row) => row.id)
}
