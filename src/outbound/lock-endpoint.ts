import { lockExclusive, lockShared } from '../db/advisory-lock.ts'
import type { Tx } from '../db/database.ts'

/**
 * Protects the order of an endpoint's messages until the transaction ends. EXCLUSIVE: to add messages or put them back;
 * no other transaction does, and none is settled meanwhile. SHARED: to settle one, while others may do so too. Taken
 * first in a transaction, before any row.
 */
export async function lockEndpoint(tx: Tx, id: string, how: 'EXCLUSIVE' | 'SHARED'): Promise<void> {
  await (how === 'EXCLUSIVE' ? lockExclusive(tx, id) : lockShared(tx, id))
}
