import type { Tx } from '../db/database.ts'
import type { Newcomer } from './join-accounts.ts'

/** An identity that is of another organization than its account. */
export interface Stray extends Omit<Newcomer, 'active'> {
  readonly accountId: string
  readonly organizationId: string
  readonly state: 'UNSEEN' | 'ACTIVE' | 'INACTIVE' | 'DELETED'
}

/** Whose organization is not known is nobody else's. */
export const IS_STRAY = `(u.organization_id <> a.organization_id) is true`

/** Those of accounts, whoever is there first, oldest first. */
export async function findStrays(tx: Tx, accountIds: readonly string[]): Promise<Stray[]> {
  return (await tx.query<Stray>({ name: 'find-strays', text: STRAYS, values: [accountIds] })).rows
}

/**
 * The accounts that strays of these accounts may come to, or that are written when they do: see move-out.ts. Whoever is
 * about to lock the ones locks the others with them, in one order: else two that do so wait in a circle.
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
         u.state, u.email, u.first_name as "firstName", u.last_name as "lastName", u.created_at as "createdAt"
  from account a join directory_user u on u.account_id = a.id
  where a.id = any(array(select unnest($1::text[]))) and ${IS_STRAY}
  order by a.id, array_position(array['ACTIVE', 'INACTIVE']::"DirectoryUserState"[], u.state), u.created_at, u.id`

// Those with the same address where that organization wants it: see join-accounts.ts, which is exacter.
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
