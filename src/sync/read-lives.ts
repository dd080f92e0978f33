import type { Tx } from '../db/database.ts'
import type { Cause } from './mirror.ts'

/**
 * Whether users of the cause's directory live, for those whom this cause or a newer one has reported as a whole. What
 * else the cause says about them is a repetition or older (law 3), so they need not be loaded for their memberships.
 */
export async function readLives(
  tx: Tx,
  { directoryId, version }: Cause,
  userIds: readonly string[],
): Promise<Map<string, boolean>> {
  if (userIds.length === 0) return new Map()
  const { rows } = await tx.query<{ id: string; lives: boolean }>({
    name: 'read-lives',
    text: LIVES,
    values: [userIds, directoryId, new Date(version.at), version.id],
  })
  return new Map(rows.map(({ id, lives }) => [id, lives]))
}

const LIVES = `
  select id, state in ('ACTIVE', 'INACTIVE') as lives
  from directory_user
  where id = any($1::text[]) and directory_id = $2 and (fact_at, fact_id) >= ($3::timestamptz, $4::text)`
