// Decides which account an identity belongs to: once, when it is first seen alive with the fields it is matched by.
import type { Tx } from '../db/database.ts'
import { foldAddress } from '../text/fold.ts'
import { sameAddress } from '../text/same-address.ts'
import { insertAccounts, type NewAccount } from './insert-accounts.ts'
import { newAccountId } from './new-account-id.ts'

/**
 * EXPLICIT: a caller linked them. RETURNING: the directory knew the same person before, under another id. EMAIL: the
 * one account without an identity that has the address. PROVISIONED: the account was created for it.
 */
export type LinkKind = 'EXPLICIT' | 'RETURNING' | 'EMAIL' | 'PROVISIONED'

export interface Joined {
  readonly id: string
  readonly linkKind: LinkKind
}

/** A directory user that is alive and has no account yet. */
export interface Newcomer {
  readonly id: string
  readonly directoryId: string
  readonly organizationId: string | null
  /** Empty if unknown. */
  readonly idpId: string
  /** The address by which an account is found: the first that was reported. */
  readonly foundBy: string | null
  readonly email: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly active: boolean
  readonly createdAt: Date
}

/** An identity with an account, in memory of the same batch: the table may not have it yet. */
export interface Neighbour {
  readonly directoryId: string
  readonly idpId: string
  readonly account: Joined
  readonly createdAt: Date
}

/** What became of a newcomer. */
export interface Join extends Joined {
  /** The accounts that have its address, if several: none was taken. */
  readonly candidates: readonly string[]
}

/**
 * Finds each newcomer's account, or creates one: the account of the same person in the same directory; otherwise, if
 * the organization has opted in, the one account without an identity that has the same verified address; otherwise a
 * new one. `tx` must have locked the directories. The caller writes the identities themselves, in the same transaction.
 */
export async function joinAccounts(
  tx: Tx,
  newcomers: readonly Newcomer[],
  neighbours: readonly Neighbour[],
): Promise<Map<string, Join>> {
  const joins = new Map<string, Join>()
  if (newcomers.length === 0) return joins
  const known = await findReturning(tx, newcomers)
  for (const { directoryId, idpId, account, createdAt } of neighbours) {
    const newest = known.get(key(directoryId, idpId))
    if (idpId !== '' && (newest === undefined || newest.createdAt < createdAt))
      known.set(key(directoryId, idpId), { accountId: account.id, createdAt })
  }
  const byEmail = await findByEmail(tx, newcomers)
  const made: NewAccount[] = []
  for (const newcomer of newcomers) {
    const person = key(newcomer.directoryId, newcomer.idpId)
    const returning = newcomer.idpId === '' ? undefined : known.get(person)
    const join =
      returning === undefined
        ? joinByEmail(newcomer, byEmail)
        : { id: returning.accountId, linkKind: 'RETURNING' as const, candidates: [] }
    joins.set(newcomer.id, join)
    if (join.linkKind === 'PROVISIONED') made.push({ ...newcomer, id: join.id, provisioned: true })
    if (newcomer.idpId !== '') known.set(person, { accountId: join.id, createdAt: newcomer.createdAt })
  }
  await insertAccounts(tx, made)
  return joins
}

const key = (directoryId: string, idpId: string): string => `${directoryId}\n${idpId}`

function joinByEmail(newcomer: Newcomer, byEmail: Map<string, string[]>): Join {
  const address = isAddressed(newcomer) ? addressOf(newcomer.organizationId, newcomer.foundBy) : null
  const candidates = address === null ? [] : (byEmail.get(address) ?? [])
  const [only] = candidates
  if (address !== null && only !== undefined && candidates.length === 1) {
    byEmail.delete(address)
    return { id: only, linkKind: 'EMAIL', candidates: [] }
  }
  return { id: newAccountId(), linkKind: 'PROVISIONED', candidates }
}

type Addressed = Newcomer & { readonly organizationId: string; readonly foundBy: string }

const isAddressed = (newcomer: Newcomer): newcomer is Addressed =>
  newcomer.organizationId !== null && newcomer.foundBy !== null && newcomer.foundBy.trim() !== ''

const addressOf = (organizationId: string, email: string): string => key(organizationId, sameAddress(email))

/** The account of a person's newest identity, and when WorkOS created that identity. */
interface Returning {
  readonly accountId: string
  readonly createdAt: Date
}

// One by one, by the id at the identity provider, as a range of pairs, which only one index can serve: with equality,
// PostgreSQL would pick an index by directory and search all of its people for the newest, while they are few and from
// then on.
const RETURNING = `
  select n.directory_id as "directoryId", n.idp_id as "idpId", newest.account_id as "accountId", newest.created_at as "createdAt"
  from unnest($1::text[], $2::text[]) as n (directory_id, idp_id)
  cross join lateral (
    select account_id, created_at from (
      select u.account_id, u.created_at, u.id from directory_user u
      where (u.idp_id, u.directory_id) >= (n.idp_id, n.directory_id) and (u.idp_id, u.directory_id) <= (n.idp_id, n.directory_id)
      offset 0
    ) same
    where account_id is not null order by created_at desc, id desc limit 1
  ) newest
  where n.idp_id <> ''`

/** Accounts by (directory, id at the identity provider); of several, the one linked to the newest identity. */
async function findReturning(tx: Tx, newcomers: readonly Newcomer[]): Promise<Map<string, Returning>> {
  const { rows } = await tx.query<Returning & { directoryId: string; idpId: string }>({
    name: 'find-returning',
    text: RETURNING,
    values: [newcomers.map(({ directoryId }) => directoryId), newcomers.map(({ idpId }) => idpId)],
  })
  return new Map(rows.map((row) => [key(row.directoryId, row.idpId), row]))
}

// Address by address, for the same reason: an organization has many accounts, and an address few, unless it is empty.
// The condition is checked again for accounts that another transaction changed before the lock was granted.
const LOCK_BY_EMAIL = `
  select a.id from account a
  where a.email_verified and a.state <> 'DELETED' and a.id = any(array(
    select same.id
    from unnest($1::text[], $2::text[]) as n (organization_id, sort_email)
    join organization o on o.id = n.organization_id and o.link_by_email
    cross join lateral (
      select x.id from account x where x.sort_email = n.sort_email and x.organization_id || '' = n.organization_id offset 0
    ) same
    where n.sort_email <> ''
  )) and case when (a.organization_id, a.sort_email) in (select * from unnest($1::text[], $2::text[])) then true else false end
  order by a.id for no key update`

/**
 * Returns accounts without an identity by organization and verified address, if the organization has opted in. Locks
 * them: two directories of an organization may bring the same address at once, and the second must see the first one's
 * identity.
 */
async function findByEmail(tx: Tx, newcomers: readonly Newcomer[]): Promise<Map<string, string[]>> {
  const addressed = newcomers.filter(isAddressed)
  if (addressed.length === 0) return new Map()
  const { rows: candidates } = await tx.query<{ id: string }>({
    name: 'lock-by-email',
    text: LOCK_BY_EMAIL,
    values: [
      addressed.map(({ organizationId }) => organizationId),
      addressed.map(({ foundBy }) => foldAddress(foundBy)),
    ],
  })
  if (candidates.length === 0) return new Map()
  const { rows } = await tx.query<{ id: string; organizationId: string; email: string }>({
    name: 'find-by-email',
    text: `
      select a.id, a.organization_id as "organizationId", a.email from account a
      where a.id = any($1::text[]) and not exists (select from directory_user u where u.account_id = a.id)
      order by a.created_at, a.id`,
    values: [candidates.map(({ id }) => id)],
  })
  const grouped = Map.groupBy(rows, (row) => addressOf(row.organizationId, row.email))
  return new Map([...grouped].map(([address, accounts]) => [address, accounts.map(({ id }) => id)]))
}
