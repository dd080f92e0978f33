import type { Tx } from '../db/database.ts'

/**
 * Records that sessions of accounts must end at WorkOS, if their AuthKit users are known. Done in the transaction that
 * takes access away (law 9); session-revoker.ts works it off, however often it has to try.
 */
export async function queueRevocations(tx: Tx, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return
  await tx.query({ name: 'queue-revocations', text: QUEUE, values: [accountIds] })
}

/** The same for those of them that must not be let in, whose AuthKit user has only just become known. */
export async function queueRevocationsOfInactive(tx: Tx, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return
  const { rows } = await tx.query<{ id: string }>(
    `select id from account where id = any($1::text[]) and state <> 'ACTIVE'`,
    [accountIds],
  )
  await queueRevocations(
    tx,
    rows.map(({ id }) => id),
  )
}

// What was done or tried before is no longer enough: sessions may have begun since.
const QUEUE = `
  insert into session_revocation as s (account_id, workos_user_id, organization_id, cutoff)
  select id, workos_user_id, organization_id, coalesce(sessions_revoked_at, clock_timestamp())
  from account where id = any($1::text[]) and workos_user_id is not null order by id
  on conflict (account_id, workos_user_id) do update
  set organization_id = excluded.organization_id, cutoff = greatest(s.cutoff, excluded.cutoff), attempts = 0,
      next_attempt_at = clock_timestamp(), error = null, done_at = null`
