import type { Tx } from '../db/database.ts'
import { LOCK_SEED } from '../db/exclusive.ts'

/**
 * Protects the order of an endpoint's messages until the transaction ends. EXCLUSIVE: to add messages or put them back;
 * no other transaction does, and none is settled meanwhile. SHARED: to settle one, while others may do so too. Taken
 * first in a transaction, before any row.
 */
export async function lockEndpoint(tx: Tx, id: string, how: 'EXCLUSIVE' | 'SHARED'): Promise<void> {
  const lock = how === 'EXCLUSIVE' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared'
  await tx.query({
    name: `lock-endpoint-${how}`,
    text: `select ${lock}(hashtextextended($1, ${LOCK_SEED}))`,
    values: [id],
  })
}
