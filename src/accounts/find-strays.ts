import type { Tx } from '../db/database.ts'
import type { DirectoryUserState } from '../directory/changes.ts'
import type { Newcomer } from './join-accounts.ts'

/** An identity whose organization differs from its account's. */
export interface Stray extends Omit<Newcomer, 'active'> {
  readonly accountId: string
  readonly organizationId: string
  readonly state: DirectoryUserState
}

/** An identity whose organization is unknown is not a stray. */
export const IS_STRAY = `(u.organization_id <> a.organization_id) is true`

/** Returns the strays of accounts; of each account active ones first, then oldest first. */
export async function findStrays(tx: Tx, accountIds: readonly string[]): Promise<Stray[]> {
  return (await tx.query<Stray>({ name: 'find-strays', text: STRAYS, values: [accountIds] })).rows
}

/**
 * Returns the accounts that strays of these accounts may move to, or that are written when they do: see move-out.ts.
 * Lock both sets together, in one order; otherwise two transactions that do so can deadlock.
 */
export async function findDestinations(tx: Tx, accountIds: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    name: 'find-destinations',
    text: DESTINATIONS,
    values: [accountIds],
  })
  return rows.map(({ id }) => id)
}

const STRAYS = `
  select u.id, a.id as "accountId", u.organization_id as "organizationId", u.directory_id as "directoryId", u.idp_id as "idpId",
         u.state, u.email, u.email as "foundBy", u.first_name as "firstName", u.last_name as "lastName", u.created_at as "createdAt"
  from account a join directory_user u on u.account_id = a.id
  where a.id = any(array(select unnest($1::text[]))) and ${IS_STRAY}
  order by a.id, array_position(array['ACTIVE', 'INACTIVE']::"DirectoryUserState"[], u.state), u.created_at, u.id`

// Also accounts with the same address if that organization links by e-mail: join-accounts.ts is more exact.
const DESTINATIONS = `
  with stray as materialized (
    select u.*, a.workos_user_id from account a join directory_user u on u.account_id = a.id
    where a.id = any($1::text[]) and ${IS_STRAY}
  )
  select o.id from stray s join account o on o.organization_id = s.organization_id and o.workos_user_id = s.workos_user_id
  union
  select u.account_id from stray s join directory_user u on u.directory_id = s.directory_id and u.idp_id = s.idp_id
  where s.idp_id <> '' and u.account_id is not null
  union
  select o.id from stray s join organization w on w.id = s.organization_id and w.link_by_email
  join account o on o.organization_id = s.organization_id and o.sort_email = s.sort_email
  where s.sort_email <> '' and o.email_verified and o.state <> 'DELETED'`
