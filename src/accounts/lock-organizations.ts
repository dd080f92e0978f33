import type { Tx } from '../db/database.ts'
import { LOCK_SEED } from '../db/exclusive.ts'

/**
 * Locks organizations against others that assign accounts to identities or ids to accounts by hand, so that it is
 * decided once which account an application's id stands for. Taken after the directories' locks, before the mappings'.
 */
export async function lockOrganizations(tx: Tx, ids: readonly (string | null)[]): Promise<void> {
  const text = `select pg_advisory_xact_lock(hashtextextended('accounts of ' || id, ${LOCK_SEED}))
                from (select distinct id collate "C" as id from unnest($1::text[]) as id where id is not null order by 1) as sorted`
  await tx.query({ name: 'lock-organizations', text, values: [ids] })
}
