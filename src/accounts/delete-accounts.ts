import type { Tx } from '../db/database.ts'

/**
 * Leaves nothing personal of accounts: they never come back. What is left of them is our own id, and AuthKit's, so that tokens
 * of somebody who left stay refused. Their grants go when they are settled.
 */
export async function deleteAccounts(tx: Tx, ids: readonly string[], reason: string): Promise<void> {
  if (ids.length === 0) return
  await tx.query({ name: 'delete-accounts', text: DELETE, values: [ids, reason] })
}

const DELETE = `
  update account
  set state = 'DELETED', deleted_at = clock_timestamp(), deletion_reason = $2, updated_at = clock_timestamp(),
      deactivated_at = coalesce(deactivated_at, clock_timestamp()),
      sessions_revoked_at = case when state = 'ACTIVE' then clock_timestamp() else sessions_revoked_at end,
      external_id = null, email = null, email_verified = false, first_name = null, last_name = null,
      disabled_at = null, disabled_by = null, disabled_reason = null, kept_out = false, sort_name = '', sort_email = '', search_text = ''
  where id = any($1::text[])`
