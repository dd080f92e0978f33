import type { Tx } from '../db/database.ts'

/**
 * Erases everything personal from accounts, for good. Only our own id and AuthKit's remain, so that tokens of a person
 * who left stay refused. Their grants go when they are settled. Returns those that were active until now: consumers
 * that follow the end of access have to be told of these like any other.
 */
export async function deleteAccounts(tx: Tx, ids: readonly string[], reason: string): Promise<string[]> {
  if (ids.length === 0) return []
  const { rows } = await tx.query<{ id: string; wasActive: boolean }>({
    name: 'delete-accounts',
    text: DELETE,
    values: [ids, reason],
  })
  return rows.flatMap(({ id, wasActive }) => (wasActive ? [id] : []))
}

const DELETE = `
  update account a
  set state = 'DELETED', deleted_at = clock_timestamp(), deletion_reason = $2, updated_at = clock_timestamp(),
      deactivated_at = coalesce(a.deactivated_at, clock_timestamp()),
      sessions_revoked_at = case when a.state = 'ACTIVE' then clock_timestamp() else a.sessions_revoked_at end,
      external_id = null, email = null, email_verified = false, first_name = null, last_name = null,
      disabled_at = null, disabled_by = null, disabled_reason = null, kept_out = false, sort_name = '', sort_email = '', search_text = ''
  from account before
  where a.id = any($1::text[]) and before.id = a.id
  returning a.id, before.state = 'ACTIVE' as "wasActive"`
