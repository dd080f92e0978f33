import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import type { MappingChange } from '../operations/role-mappings.ts'
import { findPairs, type Group } from './find-pairs.ts'
import { differsFromPlan } from './plan-differences.ts'
import { changedIds } from './planned-mappings.ts'

/** Accounts checked again, at most: all transactions that derive grants may be waiting. */
const MAX_ACCOUNTS = 500

interface News {
  /** Whether any of it may affect whole directories, or who holds a protected role. */
  readonly unsettling: boolean
  readonly groupIds: readonly string[]
  readonly accountIds: readonly string[]
}

/**
 * Whether a plan says of each account what it would say now, given the change log since a position. False if that takes
 * long to find out. What the log does not record, such as a membership of a deleted user, changes nothing that a plan
 * says. The plan must be laid out. May be called again later, with the end of the log before the previous call.
 */
export async function planStillHolds(
  tx: Tx,
  { id, changes }: { readonly id: string; readonly changes: readonly MappingChange[] },
  since: number,
): Promise<boolean> {
  const news = await tx.query<News>(NEWS, [since, id])
  const { unsettling, groupIds, accountIds } = onlyRow(news)
  if (unsettling || (groupIds.length > 0 && (await areMatched(tx, changes, groupIds)))) return false
  // Accounts that are concerned only now belong to the plan from here on.
  const { rows: joined } = await tx.query<{ id: string }>(JOIN, [accountIds, changedIds(changes)])
  const ids = [...new Set([...joined, ...(await membersOf(tx, groupIds))].map((one) => one.id))]
  if (ids.length > MAX_ACCOUNTS) return false
  return ids.length === 0 || !(await differsFromPlan(tx, id, changes, ids))
}

/**
 * Accounts of the plan that are members of groups which may now give other reasons for roles: while an account has
 * other reasons, no change records that, and the plan may take those away.
 */
async function membersOf(tx: Tx, groupIds: readonly string[]): Promise<{ id: string }[]> {
  if (groupIds.length === 0) return []
  return (await tx.query<{ id: string }>(MEMBERS, [groupIds])).rows
}

/** Whether mappings matched one of the groups, or would match it as it is now, before the changes or after them. */
async function areMatched(tx: Tx, changes: readonly MappingChange[], groupIds: readonly string[]): Promise<boolean> {
  const { rowCount } = await tx.query(MATCHED, [groupIds, changedIds(changes)])
  if (rowCount !== 0) return true
  const { rows: groups } = await tx.query<Group>(GROUPS, [groupIds])
  const wanted = changes.map(({ after }) => after).filter((mapping) => mapping !== null)
  const ofGroups = wanted.filter(({ match }) => match !== 'ATTRIBUTE_EQUALS')
  return (await findPairs(tx, groups, ofGroups)).length > 0
}

// Of protected roles, only those matter that decide whether the plan takes one from its last holders.
const NEWS = `
  with news as materialized (select kind, user_id, group_id, account_id, role_id from change where position > $1)
  select exists (
           select from news where kind in ('DIRECTORY_ACTIVATED', 'DIRECTORY_UPDATED', 'DIRECTORY_DEACTIVATED',
                                           'DIRECTORY_DELETED', 'ATTRIBUTE_MAPPING_UPDATED')
         ) or exists (
           select from (
             select distinct n.role_id, a.organization_id from news n
             join role r on r.id = n.role_id and r.protected join account a on a.id = n.account_id
             where n.kind in ('ROLE_GRANTED', 'ROLE_REVOKED')
           ) held
           join role_mapping_plan_difference d on d.plan_id = $2 and held.role_id = any(d.revoked)
           join account a on a.id = d.account_id and a.organization_id is not distinct from held.organization_id
         ) as unsettling,
         array(select distinct group_id from news where group_id is not null and user_id is null) as "groupIds",
         array(
           select account_id from news where account_id is not null
           union select u.account_id from news n join directory_user u on u.id = n.user_id where u.account_id is not null
         ) as "accountIds"`

// The accounts that the changed mappings apply to, before the changes or after them: see concernedAccounts.
const JOIN = `
  with concerned as materialized (
    select n.id from unnest($1::text[]) as n (id)
    where exists (select from planned_account p where p.account_id = n.id) or exists (
      select from directory_user u
      join membership m on m.user_id = u.id and m.present
      where u.account_id = n.id and (
        exists (select from planned_group g where g.group_id = m.group_id)
        or exists (select from role_mapping_group g where g.group_id = m.group_id and g.mapping_id = any($2::text[])))
    ) or exists (
      select from directory_user u
      join (
        select organization_id, directory_id, match from planned_mapping
        union all select organization_id, directory_id, match from role_mapping where id = any($2::text[])
      ) x on (x.organization_id is null or x.organization_id = u.organization_id)
        and (x.directory_id is null or x.directory_id = u.directory_id)
      where u.account_id = n.id and x.match = 'ATTRIBUTE_EQUALS'
    ) limit ${MAX_ACCOUNTS + 1}
  ), joined as (
    insert into planned_account (account_id) select id from concerned on conflict do nothing
  )
  select id from concerned`

const MATCHED = `
  select from planned_group where group_id = any($1::text[])
  union all
  select from role_mapping_group where group_id = any($1::text[]) and mapping_id = any($2::text[]) limit 1`

const MEMBERS = `
  select distinct p.account_id as id from membership m join directory_user u on u.id = m.user_id
  join planned_account p on p.account_id = u.account_id
  where m.group_id = any($1::text[]) and m.present limit ${MAX_ACCOUNTS + 1}`

const GROUPS = `
  select id, name, directory_id as "directoryId", organization_id as "organizationId" from directory_group
  where id = any($1::text[])`
