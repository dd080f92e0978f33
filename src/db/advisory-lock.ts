// The advisory locks that transactions wait for and keep until they end, and the one order in which they take locks. As
// long as all keep it, no two of them wait for each other in a circle.
//
// 1. Directories, in the order of their ids: before reading what is to be changed of a directory, its events, its sync
//    runs and what the guard holds included.
// 2. Organizations, in the order of their ids: before deciding which account an identity or an id stands for.
// 3. Role administration. Exclusive: to change mappings or roles. Before 4, since waiting for the mappings exclusively
//    blocks all that want to share them: it must only wait for those that have them already. Shared, instead of 4: to
//    move so many links that their accounts are derived later.
// 4. Role mappings. Shared: to derive grants, or to change what they are derived from. Exclusive: to change them.
// 5. Rows: those of queues (account_due, mapping_due), then those of accounts, in the order of their ids. After 4,
//    since whoever has the mappings exclusively waits for accounts.
// 6. The row of change_clock, by appending to the change log: all other writers wait for it, so only what is done at
//    once may follow.
//
// Outgoing webhooks need none of 1 to 4: an endpoint, rows of its deliveries, the ordering key of one of them, then 6.
// The rest (an organization's endpoints, setup invitations, preparing the jobs) is taken first, with none of 1 to 5.
//
// Locks of sessions are only tried, never waited for (exclusive.ts), and share the names' space.
import type { Tx } from './database.ts'

/**
 * The names of locks; directories and webhook endpoints are locked by their ids, an ordering key by the endpoint's id
 * and its own. A name never changes: instances of two versions run side by side during an upgrade.
 */
export const lockNames = {
  accountsOf: (organizationId: string) => `accounts of ${organizationId}`,
  roleAdministration: 'role-administration',
  roleMappings: 'role-mappings',
  endpointsOf: (organizationId: string | null) => `webhook endpoints of ${organizationId ?? ''}`,
  setupInvitations: 'setup-invitation',
  prepareJobs: 'prepare-jobs',
  /** Held by a worker's session for as long as it lives. */
  jobsOf: (workerId: string) => `jobs of ${workerId}`,
}

/** Advisory locks share one number space with all others in the database: the seed keeps ours apart. */
const SEED = 7_264_551

/** Returns the key of a lock as SQL, given its name as SQL: for statements that do more than lock. */
export const lockKey = (name: string): string => `hashtextextended(${name}, ${SEED})`

/** Waits until no other transaction has the lock, and keeps it until this one ends. */
export async function lockExclusive(tx: Tx, name: string): Promise<void> {
  const text = `select pg_advisory_xact_lock(${lockKey('$1')})`
  await tx.query({ name: 'lock-exclusive', text, values: [name] })
}

/** Waits until no other transaction has the lock exclusively, and shares it until this one ends. */
export async function lockShared(tx: Tx, name: string): Promise<void> {
  const text = `select pg_advisory_xact_lock_shared(${lockKey('$1')})`
  await tx.query({ name: 'lock-shared', text, values: [name] })
}
