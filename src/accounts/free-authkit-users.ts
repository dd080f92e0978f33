import type { Tx } from '../db/database.ts'

/** An account and its future AuthKit user; null: none. */
export interface AuthkitUser {
  readonly accountId: string
  readonly workosUserId: string | null
}

/**
 * Frees the AuthKit users that these accounts are to be: takes them from deleted accounts and from these accounts
 * themselves, which may exchange them. Returns the index of the first entry whose AuthKit user is already another
 * account's in the organization, or null. `tx` must have locked the organization: see lock-organizations.ts.
 */
export async function freeAuthkitUsers(
  tx: Tx,
  organizationId: string | null,
  wanted: readonly AuthkitUser[],
): Promise<number | null> {
  const accountIds = wanted.map(({ accountId }) => accountId)
  const workosUserIds = wanted.map(({ workosUserId }) => workosUserId)
  const { rows } = await tx.query<{ workosUserId: string }>({
    name: 'find-taken-authkit-users',
    text: `
      select workos_user_id as "workosUserId" from account
      where organization_id = $1 and workos_user_id = any($3::text[]) and id <> all($2::text[]) and state <> 'DELETED'`,
    values: [organizationId, accountIds, workosUserIds],
  })
  const taken = new Set<string | null>(rows.map(({ workosUserId }) => workosUserId))
  for (const [place, workosUserId] of workosUserIds.entries()) {
    if (taken.has(workosUserId)) return place
    if (workosUserId !== null) taken.add(workosUserId)
  }
  await tx.query({
    name: 'free-authkit-users',
    text: `
      update account a set workos_user_id = null
      from unnest($2::text[], $3::text[]) as w (account_id, workos_user_id)
      where a.organization_id = $1 and a.workos_user_id is not null
        and ((a.id = w.account_id and a.workos_user_id is distinct from w.workos_user_id)
          or (a.workos_user_id = w.workos_user_id and a.state = 'DELETED'))`,
    values: [organizationId, accountIds, workosUserIds],
  })
  return null
}
