import { lockKey, lockNames } from '../db/advisory-lock.ts'
import type { Tx } from '../db/database.ts'

/**
 * Locks organizations against others that assign accounts to identities or ids to accounts by hand, so that it is
 * decided once which account an application's id stands for. When to take it: see src/db/advisory-lock.ts.
 */
export async function lockOrganizations(tx: Tx, ids: readonly (string | null)[]): Promise<void> {
  const names = ids.filter((id) => id !== null).map(lockNames.accountsOf)
  const text = `select pg_advisory_xact_lock(${lockKey('name')})
                from (select distinct name collate "C" as name from unnest($1::text[]) as name order by 1) as sorted`
  await tx.query({ name: 'lock-organizations', text, values: [names] })
}
