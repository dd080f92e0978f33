import type { Tx } from '../db/database.ts'
import { LOCK_SEED } from '../db/exclusive.ts'

/**
 * Protects the order of an endpoint's messages until the transaction ends. ALONE: to add messages or put them back;
 * nobody else does, and none is settled meanwhile. BESIDE: to settle one, while others may do so too. Taken first in a
 * transaction, before any row.
 */
export async function lockEndpoint(tx: Tx, id: string, how: 'ALONE' | 'BESIDE'): Promise<void> {
  const lock = how === 'ALONE' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared'
  await tx.query({
    name: `lock-endpoint-${how}`,
    text: `select ${lock}(hashtextextended($1, ${LOCK_SEED}))`,
    values: [id],
  })
}
