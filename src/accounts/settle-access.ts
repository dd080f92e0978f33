// What follows for accounts and roles from changes in the mirror: in the same transaction, in one order (laws 4 and 6).
import type { ChangeDraft } from '../changes/append.ts'
import { draftChange, type Why } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { planForValues } from '../db/lock-directories.ts'
import { together } from '../db/together.ts'
import { findAttributeMatches } from '../roles/attribute-matches.ts'
import { deriveGrants } from '../roles/derive-grants.ts'
import { lockMappingsShared } from '../roles/mappings-lock.ts'
import { matchGroups } from '../roles/match-groups.ts'
import { concernedUsers, type Mapped } from './concerned-users.ts'
import { findDestinations, findStrays } from './find-strays.ts'
import { moveOut, type MovedOut } from './move-out.ts'
import { DUE_CHUNK, queueAccounts, takeDue } from './due.ts'
import { activityOf, type Activity } from './interruption.ts'
import { queueRevocationsOfInactive } from './queue-revocations.ts'
import { lockAccounts, settleAccounts } from './settle-accounts.ts'

/** What a batch did to the mirror. */
export interface Touched {
  /** The changes that are about to be appended. */
  readonly drafts: readonly ChangeDraft[]
  /** What readMapped returned for them, if it was already called. */
  readonly mapped?: Mapped | undefined
  /** Users who have only just got an account. */
  readonly joined?: ReadonlySet<string>
  /** Users whose memberships changed while hidden, and why: their reasons change too. */
  readonly changedWhileHidden?: ReadonlyMap<string, Why>
  /** Directories that now belong to another organization, and why. */
  readonly rehomed?: ReadonlyMap<string, Why>
  /** Directories whose provider has only just become known or has changed, and why. */
  readonly retyped?: ReadonlyMap<string, Why>
}

/**
 * Settles the accounts of users who changed, and their grants. Returns the resulting changes, to be appended after
 * `drafts`.
 */
export async function settleAccess(
  tx: Tx,
  {
    drafts,
    mapped,
    joined = new Set(),
    changedWhileHidden = new Map(),
    rehomed = new Map(),
    retyped = new Map(),
  }: Touched,
): Promise<ChangeDraft[]> {
  const groups = new Map<string, ChangeDraft>()
  const turned = new Map<string, ChangeDraft>()
  for (const draft of drafts) {
    if (draft.directoryUserId === null && draft.directoryGroupId !== null && isRegrouping(draft))
      groups.set(draft.directoryGroupId, draft)
    if (draft.directoryGroupId !== null && TURNS_OF_GROUPS.has(draft.kind)) turned.set(draft.directoryGroupId, draft)
  }
  const { users, byRolesOnly } = await concernedUsers(tx, drafts, joined, mapped)
  const [accounts, regrouped] = await together(
    accountsOf(tx, new Map<string, Why>([...changedWhileHidden, ...users])),
    matchGroups(tx, [...groups.keys()]),
  )
  const whys = new Map(accounts.map(({ accountId, why }) => [accountId, why]))
  // If an account has several identities, it is enough that one had more than memberships change.
  const others = accounts.filter(({ userId }) => users.has(userId) && !byRolesOnly.has(userId))
  const asTheyAre = new Set(whys.keys())
  for (const { accountId } of others) asTheyAre.delete(accountId)
  const [members, hiding] = await together(membersOf(tx, regrouped), withHiddenMembers(tx, [...turned.keys()]))
  for (const [groupId, accountIds] of members) {
    const why = groups.get(groupId)!
    if (accountIds === 'many') await add(tx, MEMBERS, groupId, why, whys)
    else for (const id of accountIds) if (!whys.has(id)) whys.set(id, why)
  }
  for (const id of hiding) await add(tx, HIDDEN_MEMBERS, id, turned.get(id)!, whys)
  for (const [id, why] of rehomed) await rehome(tx, id, why, whys)
  // Their organization changes.
  if (rehomed.size > 0) asTheyAre.clear()
  for (const [id, why] of retyped) await add(tx, DESCRIBED, id, why, whys)
  return settle(tx, whys, { activity: activityOf(drafts), asTheyAre })
}

/** Settles a chunk of the queued accounts; null if there is none. */
export async function settleDue(tx: Tx): Promise<ChangeDraft[] | null> {
  // Before locking the rows, which a change of a mapping may want to write.
  await lockMappingsShared(tx)
  const whys = await takeDue(tx)
  return whys.size === 0 ? null : settle(tx, whys)
}

export interface Settling {
  /** See settleAccounts. */
  readonly activity?: Activity
  /** Accounts that already match their identities, so that only their grants are settled. */
  readonly asTheyAre?: ReadonlySet<string>
}

/** Locks accounts, then settles them and their grants. Returns the resulting changes. */
export async function settle(
  tx: Tx,
  given: ReadonlyMap<string, Why>,
  { activity = new Map(), asTheyAre = new Set() }: Settling = {},
): Promise<ChangeDraft[]> {
  if (given.size === 0) return []
  const ids = [...given.keys()]
  // If a directory moves only while this waits, the transaction that moves it settles its people.
  const strays = await findStrays(tx, ids)
  const gone = await lockAccounts(tx, strays.length === 0 ? ids : [...ids, ...(await findDestinations(tx, ids))])
  const moved = strays.length === 0 ? NOBODY : await moveOut(tx, given)
  const whys = new Map([...given, ...moved.whys])
  const changing = strays.length > 0 ? whys : new Map(whys.entries().filter(([id]) => !asTheyAre.has(id)))
  const [{ drafts, deleted }, matches] = await together(
    settleAccounts(tx, changing, activity),
    findAttributeMatches(tx, [...whys.keys()]),
  )
  // The AuthKit user moved with the identity, so its sessions in the new organization can only now be revoked.
  await queueRevocationsOfInactive(tx, [...moved.whys.keys()])
  const turns = await deriveGrants(tx, [...whys.keys()], matches)
  // Only now: the loss of these grants has been recorded.
  const without = [...deleted, ...gone]
  if (without.length > 0) await tx.query('delete from role_grant where account_id = any($1::text[])', [without])
  return [
    ...moved.drafts,
    ...drafts,
    ...turns.map(({ accountId, roleId, organizationId, kind }) =>
      draftChange(whys.get(accountId)!, { kind, accountId, organizationId, roleId }),
    ),
  ]
}

const NOBODY: MovedOut = { drafts: [], whys: new Map() }

const TURNS_OF_GROUPS = new Set<ChangeDraft['kind']>(['DIRECTORY_GROUP_CREATED', 'DIRECTORY_GROUP_DELETED'])

/** Whether a change to a group may change which mappings match it. */
export const isRegrouping = ({ kind, changedFields }: ChangeDraft): boolean =>
  kind === 'DIRECTORY_GROUP_CREATED' || (kind === 'DIRECTORY_GROUP_UPDATED' && changedFields.includes('name'))

/** The account of a directory user, and why it is looked at. */
interface Account {
  readonly userId: string
  readonly accountId: string
  readonly why: Why
}

async function accountsOf(tx: Tx, users: ReadonlyMap<string, Why>): Promise<Account[]> {
  if (users.size === 0) return []
  // The array is hidden behind a sub-select so that one generic plan is kept. Users without an account are filtered
  // here: in the statement, that condition might make PostgreSQL search everybody who has one.
  const { rows } = await tx.query<{ id: string; accountId: string | null }>({
    name: 'accounts-of-users',
    text: `select id, account_id as "accountId" from directory_user where id = any(array(select unnest($1::text[])))`,
    values: [[...users.keys()]],
  })
  return rows.flatMap(({ id, accountId }) =>
    accountId === null ? [] : [{ userId: id, accountId, why: users.get(id)! }],
  )
}

const MEMBERS = `
  select u.account_id from membership m join directory_user u on u.id = m.user_id
  where m.group_id = $1 and m.present`

/** The accounts of groups' members, by group, or 'many' if more than a transaction settles. */
async function membersOf(tx: Tx, groupIds: readonly string[]): Promise<Map<string, readonly string[] | 'many'>> {
  if (groupIds.length === 0) return new Map()
  const statement = { name: 'members-of-groups', text: MEMBERS_OF_GROUPS, values: [groupIds] }
  const { rows } = await tx.query<{ groupId: string; accountId: string | null }>(statement)
  const byGroup = Map.groupBy(rows, ({ groupId }) => groupId)
  return new Map(
    groupIds.map((id) => {
      const found = byGroup.get(id) ?? []
      return [id, found.length > DUE_CHUNK ? 'many' : found.flatMap(({ accountId }) => accountId ?? [])]
    }),
  )
}

// Each account is looked up separately: with a join, all users might be scanned.
const MEMBERS_OF_GROUPS = `
  select m.group_id as "groupId", (select u.account_id from directory_user u where u.id = m.user_id) as "accountId"
  from unnest($1::text[]) as g (id) cross join lateral (
    select group_id, user_id from membership where group_id = g.id and present limit ${DUE_CHUNK + 1}
  ) m`

// For a group that comes or goes: for deleted users, no change in the log mentions the membership.
const HIDDEN_MEMBERS = `
  select u.account_id from membership m join directory_user u on u.id = m.user_id
  where m.group_id = $1 and m.present and u.state = 'DELETED'`

/** The groups that mappings match and that have hidden members: few, usually none. */
async function withHiddenMembers(tx: Tx, groupIds: readonly string[]): Promise<string[]> {
  if (groupIds.length === 0) return []
  const { rows } = await tx.query<{ id: string }>({
    name: 'with-hidden-members',
    text: `
      select id from unnest($1::text[]) as g (id)
      where exists (select from role_mapping_group mg where mg.group_id = g.id) and exists (
        select from membership m join directory_user u on u.id = m.user_id
        where m.group_id = g.id and m.present and u.state = 'DELETED')`,
    values: [groupIds],
  })
  return rows.map(({ id }) => id)
}

/**
 * A directory that moved to another organization: mappings of its former one no longer match its groups, and its people
 * have accounts there.
 */
async function rehome(tx: Tx, directoryId: string, why: Why, whys: Map<string, Why>): Promise<void> {
  const { rows: groups } = await tx.query<{ id: string }>('select id from directory_group where directory_id = $1', [
    directoryId,
  ])
  await matchGroups(
    tx,
    groups.map(({ id }) => id),
  )
  await add(tx, 'select account_id from directory_user where directory_id = $1', directoryId, why, whys)
}

// Where attributes are read from depends on the provider, and so does whom a mapping by attribute matches.
const DESCRIBED = `
  select u.account_id from directory_user u
  where u.directory_id = $1 and exists (
    select from role_mapping r
    where r.match = 'ATTRIBUTE_EQUALS' and (r.organization_id is null or r.organization_id = u.organization_id)
      and (r.directory_id is null or r.directory_id = u.directory_id))`

/** Settles the accounts whose ids `select` returns with the others, or queues them if they are many. */
async function add(tx: Tx, select: string, about: string, why: Why, whys: Map<string, Why>): Promise<void> {
  // For all members of a large group, or all users of a directory, a plan for the average would read each before it
  // stops.
  await planForValues(tx)
  const { rows } = await tx.query<{ account_id: string }>(
    `select distinct account_id from (${select}) s where account_id is not null limit ${DUE_CHUNK + 1}`,
    [about],
  )
  // Each account is settled as a whole.
  if (rows.length > DUE_CHUNK) await queueAccounts(tx, select, [about], why)
  else for (const { account_id: id } of rows) if (!whys.has(id)) whys.set(id, why)
}
