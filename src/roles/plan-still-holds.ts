import type { Tx } from '../db/database.ts'
import type { MappingChange } from '../directory/role-mappings.ts'
import { findPairs, type Group } from './match-groups.ts'
import { differsFromPlan } from './plan-differences.ts'
import { changedIds } from './planned-mappings.ts'

/** What is looked through while everybody waits, at the most: changes, and accounts that they are about. */
const MOST_CHANGES = 5_000
const MOST_ACCOUNTS = 500

interface News {
  readonly count: number
  /** Whether anything is among them that may matter to whole directories, or to who holds a protected role. */
  readonly unsettling: boolean
  readonly groupIds: readonly string[]
  readonly accountIds: readonly string[]
}

/**
 * Whether a plan says of each account what it would say now, after what is in the change log since a place in it. False where
 * that takes long to tell. What the log does not tell of, such as a membership of somebody who was deleted, changes nothing
 * that a plan says. The plan must be laid out, and `tx` have the mappings to itself.
 */
export async function planStillHolds(
  tx: Tx,
  { id, changes }: { readonly id: string; readonly changes: readonly MappingChange[] },
  since: number,
): Promise<boolean> {
  const { rows } = await tx.query<News>(NEWS, [since])
  const { count, unsettling, groupIds, accountIds } = rows[0]!
  if (count > MOST_CHANGES || unsettling || accountIds.length > MOST_ACCOUNTS) return false
  if (groupIds.length > 0 && (await areMatched(tx, changes, groupIds))) return false
  const ids = [...new Set([...accountIds, ...(await membersOf(tx, groupIds))])]
  if (ids.length > MOST_ACCOUNTS) return false
  return ids.length === 0 || !(await differsFromPlan(tx, id, changes, ids))
}

/**
 * Accounts of the plan that are members of groups which may give other reasons for roles now than before: while others remain, no
 * change tells of that, and the plan may take those.
 */
async function membersOf(tx: Tx, groupIds: readonly string[]): Promise<string[]> {
  if (groupIds.length === 0) return []
  const { rows } = await tx.query<{ id: string }>(MEMBERS, [groupIds])
  return rows.map(({ id }) => id)
}

/** Whether mappings matched one of the groups, or would match it as it is now, before the changes or after them. */
async function areMatched(tx: Tx, changes: readonly MappingChange[], groupIds: readonly string[]): Promise<boolean> {
  const { rowCount } = await tx.query(MATCHED, [groupIds, changedIds(changes)])
  if (rowCount !== 0) return true
  const { rows: groups } = await tx.query<Group>(GROUPS, [groupIds])
  const wanted = changes.map(({ after }) => after).filter((mapping) => mapping !== null)
  const ofGroups = wanted.filter(({ match }) => match !== 'ATTRIBUTE_EQUALS')
  return (await findPairs(groups, ofGroups)).length > 0
}

const NEWS = `
  with news as materialized (
    select kind, user_id, group_id, account_id, role_id from change where position > $1 order by position limit ${MOST_CHANGES + 1}
  )
  select count(*) as count,
         coalesce(bool_or(kind in ('DIRECTORY_ACTIVATED', 'DIRECTORY_UPDATED', 'DIRECTORY_DEACTIVATED', 'DIRECTORY_DELETED',
                                   'ATTRIBUTE_MAPPING_UPDATED')
           or (kind in ('ROLE_GRANTED', 'ROLE_REVOKED') and role_id in (select id from role where protected))), false) as unsettling,
         array(select distinct group_id from news where group_id is not null and user_id is null) as "groupIds",
         array(
           select account_id from news where account_id is not null
           union select u.account_id from news n join directory_user u on u.id = n.user_id where u.account_id is not null
         ) as "accountIds"
  from news`

const MATCHED = `
  select from planned_group where group_id = any($1::text[])
  union all
  select from role_mapping_group where group_id = any($1::text[]) and mapping_id = any($2::text[]) limit 1`

const MEMBERS = `
  select distinct p.account_id as id from membership m join directory_user u on u.id = m.user_id
  join planned_account p on p.account_id = u.account_id
  where m.group_id = any($1::text[]) and m.present limit ${MOST_ACCOUNTS + 1}`

const GROUPS = `
  select id, name, directory_id as "directoryId", organization_id as "organizationId" from directory_group
  where id = any($1::text[])`
