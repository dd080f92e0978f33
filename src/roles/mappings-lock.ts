import type { Tx } from '../db/database.ts'
import { LOCK_SEED } from '../db/exclusive.ts'

const LOCK = `hashtextextended('role-mappings', ${LOCK_SEED})`
const TURN = `hashtextextended('role-administration', ${LOCK_SEED})`

/**
 * Locks mappings and roles in shared mode until the transaction ends. Held by everything that derives grants or changes
 * what they are derived from: otherwise, if a membership begins and a mapping is created at the same time, neither
 * transaction would see the other, and the grant would be missing. Taken after the locks of directories and of
 * organizations, and before rows of accounts are locked: waiting for it while others wait for those accounts would
 * deadlock.
 */
export async function lockMappingsShared(tx: Tx): Promise<void> {
  await tx.query({ name: 'hold-mappings', text: `select pg_advisory_xact_lock_shared(${LOCK})` })
}

/**
 * Waits until no other transaction administers mappings and roles, and keeps others out until the transaction ends.
 * Taken before the mappings are locked exclusively: waiting for that lock blocks all that want to hold them, so it
 * must only wait for holders.
 */
export async function lockRoleAdministration(tx: Tx): Promise<void> {
  await tx.query({ name: 'take-turn', text: `select pg_advisory_xact_lock(${TURN})` })
}

/**
 * Makes administrators wait for their turn until the transaction ends: for transactions that lock many accounts for
 * long.
 */
export async function lockRoleAdministrationShared(tx: Tx): Promise<void> {
  await tx.query({ name: 'hold-turn', text: `select pg_advisory_xact_lock_shared(${TURN})` })
}

/**
 * Locks mappings and roles exclusively until the transaction ends, to change one of them; requires the turn. All
 * transactions that derive grants wait meanwhile.
 */
export async function lockMappingsExclusively(tx: Tx): Promise<void> {
  await tx.query({ name: 'lock-mappings', text: `select pg_advisory_xact_lock(${LOCK})` })
}
