// The life cycle of accounts: their state follows from their identities, unless a person has disabled them.
import type { ChangeDraft } from '../changes/append.ts'
import { draftChange, type Why } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { together } from '../db/together.ts'
import type { AccountState, DirectoryUserState } from '../directory/changes.ts'
import { foldedNames } from '../directory/folded-names.ts'
import type { JsonObject } from '../directory/objects.ts'
import { lockMappingsShared } from '../roles/mappings-lock.ts'
import { findCollisions, type Collision } from './find-collisions.ts'
import { interruptionOf, type Activity } from './interruption.ts'
import { queueRevocations } from './queue-revocations.ts'

interface Identity {
  readonly id: string
  readonly state: DirectoryUserState
  /** Seconds since 1970; null if unknown. */
  readonly deletedAt: number | null
  readonly email: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly organizationId: string | null
}

interface Profile {
  readonly externalId: string | null
  readonly workosUserId: string | null
  readonly email: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly organizationId: string | null
}

interface StoredAccount extends Profile {
  readonly id: string
  readonly state: AccountState
  readonly provisioned: boolean
  readonly disabled: boolean
  /** Oldest first. */
  readonly identities: readonly Identity[]
}

/**
 * Holds the mappings and locks accounts, one after the other in the order of their ids, until the transaction ends.
 * Whatever is derived from several identities or reasons is derived under it: of two transactions that each change one,
 * the second sees both. Returns which of them are deleted.
 */
export async function lockAccounts(tx: Tx, ids: readonly string[]): Promise<string[]> {
  // Here and below, the array is hidden behind a sub-select so that one generic plan is kept.
  const text = `
    select case when state = 'DELETED' then id end as deleted from account
    where id = any(array(select unnest($1::text[]))) order by id for no key update`
  const [, { rows }] = await together(
    lockMappingsShared(tx),
    tx.query<{ deleted: string | null }>({ name: 'lock-accounts', text, values: [ids] }),
  )
  return rows.flatMap(({ deleted }) => deleted ?? [])
}

/** What became of accounts. */
export interface Settled {
  /** For the change log. */
  readonly drafts: ChangeDraft[]
  /** Those that are deleted, now or before. */
  readonly deleted: readonly string[]
}

/**
 * Makes accounts follow their identities: ACTIVE while one is, and, if the account was created for them, with the names
 * and the address of the first active one, or of the last that was. If an account loses access, its sessions end. `tx`
 * must have locked them. `activity` is of the batch that is being applied: see interruption.ts.
 */
export async function settleAccounts(
  tx: Tx,
  whys: ReadonlyMap<string, Why>,
  activity: Activity = new Map(),
): Promise<Settled> {
  if (whys.size === 0) return { drafts: [], deleted: [] }
  const { rows } = await tx.query<StoredAccount>({ name: 'load-accounts', text: LOAD, values: [[...whys.keys()]] })
  const drafts: ChangeDraft[] = []
  const changed: object[] = []
  const ended: string[] = []
  for (const [account, profile] of await withProfiles(tx, rows)) {
    const why = whys.get(account.id)!
    const state = stateOf(account)
    const { changedFields, previous } = compare(account, profile)
    const isActive = state === 'ACTIVE' && account.state === 'ACTIVE' && !account.disabled
    const interruption = isActive ? interruptionOf(account.identities, activity) : null
    const isSame = state === account.state && profile.organizationId === account.organizationId
    if (isSame && changedFields.length === 0 && interruption === null) continue
    changed.push(rowOf(account.id, state, profile, interruption !== null))
    const about = { accountId: account.id, organizationId: profile.organizationId }
    if (changedFields.length > 0)
      drafts.push(draftChange(why, { ...about, kind: 'USER_UPDATED', changedFields, previous }))
    if (interruption !== null) {
      drafts.push(draftChange(interruption, { ...about, kind: 'USER_DEACTIVATED' }))
      drafts.push(draftChange(why, { ...about, kind: 'USER_REACTIVATED' }))
    }
    if (state !== account.state)
      drafts.push(draftChange(why, { ...about, kind: state === 'ACTIVE' ? 'USER_REACTIVATED' : 'USER_DEACTIVATED' }))
    const losesAccess = interruption !== null || (state !== account.state && state !== 'ACTIVE')
    if (losesAccess && profile.workosUserId !== null) ended.push(account.id)
  }
  if (changed.length > 0) await tx.query({ name: 'save-accounts', text: SAVE, values: [JSON.stringify(changed)] })
  await queueRevocations(tx, ended)
  return { drafts, deleted: rows.filter(({ state }) => state === 'DELETED').map(({ id }) => id) }
}

function stateOf({ state, disabled, identities }: StoredAccount): AccountState {
  if (state === 'DELETED') return 'DELETED'
  if (disabled) return 'INACTIVE'
  const managed = identities.length > 0
  return !managed || identities.some((identity) => identity.state === 'ACTIVE') ? 'ACTIVE' : 'INACTIVE'
}

async function withProfiles(tx: Tx, accounts: readonly StoredAccount[]): Promise<[StoredAccount, Profile][]> {
  const all = accounts.map((account) => ({ account, profile: profileOf(account) }))
  const moves = all.flatMap(({ account, profile: { organizationId } }) => {
    const { id, organizationId: from, externalId, workosUserId } = account
    return organizationId === from || (externalId === null && workosUserId === null) ? [] : [{ id, organizationId }]
  })
  const collisions = await findCollisions(tx, moves)
  return all.map(({ account, profile }) => [account, without(profile, collisions.get(account.id))])
}

// For an account of a directory whose organization has only just become known: the account that was there before keeps
// its ids.
function without(profile: Profile, collision: Collision | undefined): Profile {
  if (collision === undefined) return profile
  return {
    ...profile,
    ...(collision.externalId && { externalId: null }),
    ...(collision.workosUserId && { workosUserId: null }),
  }
}

// What the application knows of its own accounts is not overwritten; what it does not know is filled in.
function profileOf(account: StoredAccount): Profile {
  const { identities, provisioned } = account
  if (account.state === 'DELETED') return account
  // Once the last identity has been unlinked, the name and address copied from it are cleared.
  if (provisioned && identities.length === 0) return { ...account, email: null, firstName: null, lastName: null }
  const first = livingOf(identities) ?? (provisioned ? lastDeleted(identities) : undefined)
  if (first === undefined) return account
  const { email, firstName, lastName } = first
  const { externalId, workosUserId } = account
  // An account's organization never changes once known: see move-out.ts.
  const organizationId = account.organizationId ?? first.organizationId
  if (provisioned) return { externalId, workosUserId, email, firstName, lastName, organizationId }
  return {
    externalId,
    workosUserId,
    email: account.email ?? email,
    firstName: account.firstName ?? firstName,
    lastName: account.lastName ?? lastName,
    organizationId,
  }
}

/** Returns the oldest active identity, otherwise the oldest inactive one. */
function livingOf(identities: readonly Identity[]): Identity | undefined {
  return identities.find(({ state }) => state === 'ACTIVE') ?? identities.find(({ state }) => state === 'INACTIVE')
}

function lastDeleted(identities: readonly Identity[]): Identity | undefined {
  const deleted = identities.filter(({ state }) => state === 'DELETED')
  return deleted.toSorted((a, b) => (b.deletedAt ?? 0) - (a.deletedAt ?? 0))[0]
}

const TOLD = ['externalId', 'workosUserId', 'email', 'firstName', 'lastName'] as const

function compare(before: Profile, after: Profile): { changedFields: string[]; previous: JsonObject | null } {
  const changedFields = TOLD.filter((field) => before[field] !== after[field])
  if (changedFields.length === 0) return { changedFields, previous: null }
  return { changedFields, previous: Object.fromEntries(changedFields.map((field) => [field, before[field]])) }
}

function rowOf(id: string, state: StoredAccount['state'], profile: Profile, interrupted: boolean): object {
  const { externalId, workosUserId, email, firstName, lastName, organizationId } = profile
  return {
    id,
    state,
    external_id: externalId,
    workos_user_id: workosUserId,
    organization_id: organizationId,
    email,
    first_name: firstName,
    last_name: lastName,
    interrupted,
    ...foldedNames(profile),
  }
}

const LOAD = `
  select a.id, a.external_id as "externalId", a.workos_user_id as "workosUserId", a.state, a.provisioned,
         a.disabled_at is not null and not (a.kept_out and exists (
           select from directory_user u where u.account_id = a.id)) as disabled, a.email, a.first_name as "firstName",
         a.last_name as "lastName", a.organization_id as "organizationId",
         coalesce((select json_agg(json_build_object(
                     'id', u.id, 'state', u.state, 'deletedAt', extract(epoch from u.deleted_at), 'email', u.email, 'firstName', u.first_name, 'lastName', u.last_name,
                     'organizationId', u.organization_id) order by u.created_at, u.id)
                   from directory_user u where u.account_id = a.id), '[]') as identities
  from account a where a.id = any(array(select unnest($1::text[]))) order by a.id`

// An account disabled for lack of an identity is enabled once it has one. An account that loses access must not keep
// sessions begun before (law 6).
const SAVE = `
  with r as materialized (
    select * from json_to_recordset($1) as r (id text, state "UserState", external_id text, workos_user_id text, organization_id text,
      email text, first_name text, last_name text, sort_name text, sort_email text, search_text text, interrupted boolean)
  )
  update account a
  set state = r.state, external_id = r.external_id, workos_user_id = r.workos_user_id, organization_id = r.organization_id, email = r.email, first_name = r.first_name, last_name = r.last_name,
      sort_name = r.sort_name, sort_email = r.sort_email, search_text = r.search_text, updated_at = clock_timestamp(),
      disabled_at = case when r.state = 'ACTIVE' then null else a.disabled_at end,
      disabled_by = case when r.state = 'ACTIVE' then null else a.disabled_by end,
      disabled_reason = case when r.state = 'ACTIVE' then null else a.disabled_reason end,
      kept_out = a.kept_out and r.state <> 'ACTIVE',
      deactivated_at = case when r.state = 'ACTIVE' then null when a.state = 'ACTIVE' then clock_timestamp() else a.deactivated_at end,
      sessions_revoked_at = case when r.interrupted or (r.state <> 'ACTIVE' and a.state = 'ACTIVE') then clock_timestamp()
                                 else a.sessions_revoked_at end
  from r
  -- Repeated as an array: with the join alone, all accounts might be scanned.
  where a.id = r.id and a.id = any(array(select id from r))`
