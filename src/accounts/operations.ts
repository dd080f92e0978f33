import type { Database, Tx } from '../db/database.ts'
import { retriedTransaction } from '../db/retried-transaction.ts'
import { inTransaction } from '../db/transaction.ts'
import type { AccountOperations } from '../operations/account-operations.ts'
import { importLinks } from './import-links.ts'
import { linkByEmail } from './link-by-email.ts'
import { linkUser } from './link-user.ts'
import { revokeSessions } from './revoke-sessions.ts'
import { setDisabled } from './set-disabled.ts'
import { unlinkUser } from './unlink-user.ts'
import { updateOrganization } from './update-organization.ts'
import { upsertAccounts } from './upsert-accounts.ts'

export interface AccountOperationsOptions {
  readonly db: Database
  readonly now: () => Date
  /** Called after accounts were queued: see due.ts. */
  readonly onDue: () => void
}

/** Returns what mutations use to administer accounts. */
export function createAccountOperations({ db, now, onDue }: AccountOperationsOptions): AccountOperations {
  const once = <Result>(work: (tx: Tx) => Promise<Result>) => retriedTransaction(db.pool, work)
  const nudged = <Result extends { readonly settling: number }>(result: Result): Result => {
    if (result.settling > 0) onDue()
    return result
  }
  return {
    link: (request, by) => once((tx) => linkUser(tx, request, by, now())),
    unlink: (directoryUserId, by) => once((tx) => unlinkUser(tx, directoryUserId, by, now())),
    // Not retried: its file can be read only once.
    importLinks: async (request, by) =>
      nudged(await inTransaction(db.pool, (tx) => importLinks(tx, request, by, now()))),
    linkByEmail: async (request, by) => nudged(await once((tx) => linkByEmail(tx, request, by, now()))),
    upsert: (request, by) => once((tx) => upsertAccounts(tx, request, by, now())),
    disable: (accountId, reason, by) => once((tx) => setDisabled(tx, { accountId, disabled: true, reason }, by, now())),
    enable: (accountId, reason, by) => once((tx) => setDisabled(tx, { accountId, disabled: false, reason }, by, now())),
    revokeSessions: (accountId, by) => once((tx) => revokeSessions(tx, accountId, by, now())),
    updateOrganization: (id, change, by) => once((tx) => updateOrganization(tx, id, change, by, now())),
  }
}
