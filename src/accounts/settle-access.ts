// What follows for accounts and roles from what changed in the mirror: in the same transaction, in one order (laws 4
// and 6).
import type { ChangeDraft, Why } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { planForValues } from '../db/lock-directories.ts'
import { together } from '../db/together.ts'
import { findAttributeMatches } from '../roles/attribute-matches.ts'
import { deriveGrants } from '../roles/derive-grants.ts'
import { holdMappings } from '../roles/mappings-lock.ts'
import { matchGroups } from '../roles/match-groups.ts'
import { concernedUsers, type Mapped } from './concerned-users.ts'
import { findDestinations, findStrays } from './find-strays.ts'
import { moveOut, type MovedOut } from './move-out.ts'
import { DUE_CHUNK, queueAccounts, takeDue } from './due.ts'
import { queueRevocationsOfInactive } from './queue-revocations.ts'
import { draftOf, lockAccounts, settleAccounts } from './settle-accounts.ts'

/** What a batch did to the mirror. */
export interface Touched {
  /** The changes that are about to be appended. */
  readonly drafts: readonly ChangeDraft[]
  /** What readMapped has given for them, where it was asked already. */
  readonly mapped?: Mapped | undefined
  /** Users who have an account only now. */
  readonly joined?: ReadonlySet<string>
  /** Users whose memberships changed while nobody could see them, and why: their reasons do so too. */
  readonly unseen?: ReadonlyMap<string, Why>
  /** Directories that belong to another organization now, and why. */
  readonly rehomed?: ReadonlyMap<string, Why>
  /** Directories of which only now is known what provider they are, or which are of another one, and why. */
  readonly retyped?: ReadonlyMap<string, Why>
}

/**
 * Settles the accounts of whoever changed, and their grants. Gives the changes that this makes, to be appended after
 * `drafts`.
 */
export async function settleAccess(
  tx: Tx,
  { drafts, mapped, joined = new Set(), unseen = new Map(), rehomed = new Map(), retyped = new Map() }: Touched,
): Promise<ChangeDraft[]> {
  const left = new Map<string, ChangeDraft>()
  const groups = new Map<string, ChangeDraft>()
  const turned = new Map<string, ChangeDraft>()
  for (const draft of drafts) {
    if (draft.userId !== null && OFFBOARDING.has(draft.kind)) left.set(draft.userId, draft)
    if (draft.userId === null && draft.groupId !== null && isRegrouping(draft)) groups.set(draft.groupId, draft)
    if (draft.groupId !== null && TURNS_OF_GROUPS.has(draft.kind)) turned.set(draft.groupId, draft)
  }
  const { users, byRolesOnly } = await concernedUsers(tx, drafts, joined, mapped)
  const [accounts, regrouped] = await together(
    accountsOf(tx, new Map<string, Why>([...unseen, ...users])),
    matchGroups(tx, [...groups.keys()]),
  )
  const whys = new Map(accounts.map(({ accountId, why }) => [accountId, why]))
  // Of an account with several identities, it is enough that more than memberships was told of one.
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
  for (const why of rehomed.values()) await rehome(tx, why, whys)
  // They come to be of another organization.
  if (rehomed.size > 0) asTheyAre.clear()
  for (const [id, why] of retyped) await add(tx, DESCRIBED, id, why, whys)
  return settle(tx, whys, { left, asTheyAre })
}

/** Settles a chunk of the accounts that were put off; null where there is none. */
export async function settleDue(tx: Tx): Promise<ChangeDraft[] | null> {
  // Before the rows are locked that a change of a mapping may want to write.
  await holdMappings(tx)
  const whys = await takeDue(tx)
  return whys.size === 0 ? null : settle(tx, whys)
}

export interface Settling {
  /** See settleAccounts. */
  readonly left?: ReadonlyMap<string, Why>
  /** Accounts that are what their identities say, whose grants alone are settled. */
  readonly asTheyAre?: ReadonlySet<string>
}

/** Settles accounts and their grants: locks them first. Gives the changes that this makes. */
export async function settle(
  tx: Tx,
  given: ReadonlyMap<string, Why>,
  { left = new Map(), asTheyAre = new Set() }: Settling = {},
): Promise<ChangeDraft[]> {
  if (given.size === 0) return []
  const ids = [...given.keys()]
  // Whose directory moves only while this waits is settled by whoever moves it.
  const strays = await findStrays(tx, ids)
  const gone = await lockAccounts(tx, strays.length === 0 ? ids : [...ids, ...(await findDestinations(tx, ids))])
  const moved = strays.length === 0 ? NOBODY : await moveOut(tx, given)
  const whys = new Map([...given, ...moved.whys])
  const changing = strays.length > 0 ? whys : new Map(whys.entries().filter(([id]) => !asTheyAre.has(id)))
  const [{ drafts, deleted }, matches] = await together(
    settleAccounts(tx, changing, left),
    findAttributeMatches(tx, [...whys.keys()]),
  )
  // Which user of AuthKit they are came along with them: sessions in that organization were nobody's until now.
  await queueRevocationsOfInactive(tx, [...moved.whys.keys()])
  const turns = await deriveGrants(tx, [...whys.keys()], matches)
  // Only now: what was taken from them has been told.
  const without = [...deleted, ...gone]
  if (without.length > 0) await tx.query('delete from role_grant where account_id = any($1::text[])', [without])
  return [
    ...moved.drafts,
    ...drafts,
    ...turns.map(({ accountId, roleId, organizationId, kind }) => ({
      ...draftOf(accountId, organizationId, whys.get(accountId)!),
      kind,
      roleId,
    })),
  ]
}

const NOBODY: MovedOut = { drafts: [], whys: new Map() }

const OFFBOARDING = new Set<ChangeDraft['kind']>(['DIRECTORY_USER_DEACTIVATED', 'DIRECTORY_USER_DELETED'])

const TURNS_OF_GROUPS = new Set<ChangeDraft['kind']>(['DIRECTORY_GROUP_CREATED', 'DIRECTORY_GROUP_DELETED'])

/** Whether a change of a group may decide anew which mappings match it. */
export const isRegrouping = ({ kind, changedFields }: ChangeDraft): boolean =>
  kind === 'DIRECTORY_GROUP_CREATED' || (kind === 'DIRECTORY_GROUP_UPDATED' && changedFields.includes('name'))

/** The account of a user of a directory, and why it is looked at. */
interface Account {
  readonly userId: string
  readonly accountId: string
  readonly why: Why
}

async function accountsOf(tx: Tx, users: ReadonlyMap<string, Why>): Promise<Account[]> {
  if (users.size === 0) return []
  // It is not seen how many they are: else it would be planned each time. Who has none is left out here: by the
  // statement they might be found among all who have one.
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

/** The accounts of whoever is in groups, group by group, or that they are more than a transaction settles. */
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

// The account of each is asked for by itself: joined, all users might be gone through.
const MEMBERS_OF_GROUPS = `
  select m.group_id as "groupId", (select u.account_id from directory_user u where u.id = m.user_id) as "accountId"
  from unnest($1::text[]) as g (id) cross join lateral (
    select group_id, user_id from membership where group_id = g.id and present limit ${DUE_CHUNK + 1}
  ) m`

// Of a group that comes or goes: whoever is a tombstone has no change of the log that tells of the membership.
const HIDDEN_MEMBERS = `
  select u.account_id from membership m join directory_user u on u.id = m.user_id
  where m.group_id = $1 and m.present and u.state = 'DELETED'`

/** Those of groups that mappings match and that have members whom nobody sees: few, and most often none. */
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
 * A directory of another organization: mappings of its former one match its groups no more, and its people are accounts
 * there.
 */
async function rehome(tx: Tx, why: Why, whys: Map<string, Why>): Promise<void> {
  const { directoryId } = why
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

/** Accounts that `select` gives the ids of: to be settled with the others, or put off where they are many. */
async function add(tx: Tx, select: string, about: string, why: Why, whys: Map<string, Why>): Promise<void> {
  // Of all members of a large group, or all users of a directory, a plan for the average would read each before it
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
