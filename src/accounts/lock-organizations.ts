import type { Tx } from '../db/database.ts'
import { LOCK_SEED } from '../db/exclusive.ts'

/**
 * Has the accounts of organizations to itself, among whoever gives accounts to identities or ids to accounts by hand:
 * which account an id of the application stands for is then decided once. After the directories' locks, before the
 * mappings'.
 */
export async function lockOrganizations(tx: Tx, ids: readonly (string | null)[]): Promise<void> {
  const text = `select pg_advisory_xact_lock(hashtextextended('accounts of ' || id, ${LOCK_SEED}))
                from (select distinct id collate "C" as id from unnest($1::text[]) as id where id is not null order by 1) as sorted`
  await tx.query({ name: 'lock-organizations', text, values: [ids] })
}
