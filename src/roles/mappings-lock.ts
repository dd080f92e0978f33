// When to take these locks relative to others: see src/db/advisory-lock.ts.
import { lockExclusive, lockNames, lockShared } from '../db/advisory-lock.ts'
import type { Tx } from '../db/database.ts'

/**
 * Locks mappings and roles in shared mode until the transaction ends. Held by everything that derives grants or changes
 * what they are derived from: otherwise, if a membership begins and a mapping is created at the same time, neither
 * transaction would see the other, and the grant would be missing.
 */
export async function lockMappingsShared(tx: Tx): Promise<void> {
  await lockShared(tx, lockNames.roleMappings)
}

/** Waits until no other transaction administers mappings and roles, and keeps others out until the transaction ends. */
export async function lockRoleAdministration(tx: Tx): Promise<void> {
  await lockExclusive(tx, lockNames.roleAdministration)
}

/**
 * Makes administrators wait for their turn until the transaction ends: for transactions that lock many accounts for
 * long.
 */
export async function lockRoleAdministrationShared(tx: Tx): Promise<void> {
  await lockShared(tx, lockNames.roleAdministration)
}

/**
 * Locks mappings and roles exclusively until the transaction ends, to change one of them; requires the turn. All
 * transactions that derive grants wait meanwhile.
 */
export async function lockMappingsExclusively(tx: Tx): Promise<void> {
  await lockExclusive(tx, lockNames.roleMappings)
}
