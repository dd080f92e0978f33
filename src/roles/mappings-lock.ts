import type { Tx } from '../db/database.ts'
import { LOCK_SEED } from '../db/exclusive.ts'

const LOCK = `hashtextextended('role-mappings', ${LOCK_SEED})`
const TURN = `hashtextextended('role-administration', ${LOCK_SEED})`

/**
 * Keeps mappings and roles as they are until the transaction ends; others may do so too. Whoever changes what grants
 * are derived from, or derives them, holds it: of a membership that begins and a mapping that is made at the same time,
 * neither transaction would otherwise see the other, and the grant would be missing. Taken after the locks of
 * directories and of organizations, before rows of accounts are locked: who waits for it while somebody waits for their
 * accounts waits in a circle.
 */
export async function holdMappings(tx: Tx): Promise<void> {
  await tx.query({ name: 'hold-mappings', text: `select pg_advisory_xact_lock_shared(${LOCK})` })
}

/**
 * Waits until nobody else administers mappings and roles, and is the only one until the transaction ends. Taken before
 * the mappings are locked: whoever waits for those makes everybody wait who is to hold them, and has only to wait for
 * holders.
 */
export async function takeTurn(tx: Tx): Promise<void> {
  await tx.query({ name: 'take-turn', text: `select pg_advisory_xact_lock(${TURN})` })
}

/** Has administrators wait for their turn until the transaction ends: for whoever has many accounts locked for long. */
export async function holdTurn(tx: Tx): Promise<void> {
  await tx.query({ name: 'hold-turn', text: `select pg_advisory_xact_lock_shared(${TURN})` })
}

/**
 * Has mappings and roles to itself until the transaction ends: for whoever changes one, in their turn. Everybody waits
 * meanwhile.
 */
export async function lockMappings(tx: Tx): Promise<void> {
  await tx.query({ name: 'lock-mappings', text: `select pg_advisory_xact_lock(${LOCK})` })
}
