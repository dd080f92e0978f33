// Plans the rows of link_row: which account each identity is to belong to, and which rows cannot be done.
import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import type { Administrator } from '../operations/administrator.ts'
import { newAccountId } from './new-account-id.ts'

/**
 * Decides for each row, as if rows were carried out one after the other: the account that has the application's id, if
 * any; otherwise the identity's present account gets that id, if it has none; otherwise a new account does. Writes only
 * the rows.
 */
export async function planLinks(tx: Tx, by: Administrator): Promise<void> {
  await measure(tx)
  await tx.query(RESOLVE, [by.organizationId])
  await measure(tx)
  for (const text of [REPEATED, FIND_PROBLEMS, FIND_ACCOUNTS, NAME_PRESENT]) await tx.query(text)
  await makeIds(tx)
  await tx.query(OUTCOMES)
  await measure(tx)
  for (const text of [LOSERS, GONE, OTHER_AUTHKIT_USER]) await tx.query(text)
  await measure(tx)
}

const MANY = 1_000

// PostgreSQL has to know how many rows have which values: otherwise it would compare each row with every other.
async function measure(tx: Tx): Promise<void> {
  const counted = await tx.query<{ count: number }>(`select count(*) as count from link_row`)
  if (onlyRow(counted).count > MANY) await tx.query('analyze link_row')
}

async function makeIds(tx: Tx): Promise<void> {
  const { rows } = await tx.query<{ line: number; organizationId: string; externalId: string }>(
    `select distinct on (organization_id, external_id) line, organization_id as "organizationId", external_id as "externalId"
     from link_row where problem is null and target_id is null order by organization_id, external_id, line`,
  )
  if (rows.length === 0) return
  await tx.query(
    `update link_row r set target_id = n.id, outcome = case when r.line = n.line then 'CREATED' end
     from unnest($1::int[], $2::text[], $3::text[], $4::text[]) as n (line, organization_id, external_id, id)
     where r.problem is null and r.target_id is null
       and r.organization_id = n.organization_id and r.external_id = n.external_id`,
    [
      rows.map(({ line }) => line),
      rows.map(({ organizationId }) => organizationId),
      rows.map(({ externalId }) => externalId),
      rows.map(newAccountId),
    ],
  )
}

const RESOLVE = `
  update link_row r set present_id = u.account_id, directory_id = u.directory_id, organization_id = u.organization_id
  from directory_user u
  where u.id = r.identity_id and u.state <> 'UNSEEN' and ($1::text is null or u.organization_id = $1)`

const REPEATED = `
  update link_row r set problem = 'REPEATED', other = f.line
  from (select identity_id, min(line) as line from link_row where problem is null group by 1 having count(*) > 1) f
  where r.problem is null and r.identity_id = f.identity_id and r.line > f.line`

const FIND_PROBLEMS = `
  update link_row r
  set problem = case when directory_id is null then 'UNKNOWN_DIRECTORY_USER'
                     when external_id is not null and organization_id is null then 'UNKNOWN_ORGANIZATION'
                     when target_id is not null and not exists (
                       select from account a where a.id = r.target_id and a.state <> 'DELETED'
                         and a.organization_id is not distinct from r.organization_id
                     ) then 'UNKNOWN_USER' end
  where problem is null`

const FIND_ACCOUNTS = `
  update link_row r set target_id = a.id from account a
  where r.problem is null and r.target_id is null and a.organization_id = r.organization_id and a.external_id = r.external_id`

// Of several ids that one account could get, it gets the first; later rows find that it has one. An account whose
// identity is of another organization gets none here: ids are unique within the account's own organization.
const NAME_PRESENT = `
  with heads as (
    select distinct on (organization_id, external_id) line, organization_id, external_id, present_id
    from link_row where problem is null and target_id is null order by organization_id, external_id, line
  ), named as (
    select h.* from (select *, row_number() over (partition by present_id order by line) as place from heads) h
    join account a on a.id = h.present_id
    where h.place = 1 and a.external_id is null and a.state <> 'DELETED' and a.organization_id = h.organization_id
  )
  update link_row r set target_id = n.present_id, outcome = case when r.line = n.line then 'NAMED' end
  from named n
  where r.problem is null and r.target_id is null
    and r.organization_id = n.organization_id and r.external_id = n.external_id`

const OUTCOMES = `
  update link_row set outcome = case when target_id is not distinct from present_id then 'UNCHANGED' else 'LINKED' end
  where problem is null and outcome is null`

const MOVED = `problem is null and present_id is not null and present_id <> target_id`

const LOSERS = `
  update link_row r set lost = l.identities
  from (select present_id, min(line) as line from link_row where ${MOVED} group by 1) m
  cross join lateral (
    select array_agg(u.id order by u.created_at, u.id) as identities from directory_user u where u.account_id = m.present_id
  ) l
  where r.line = m.line`

// An account created for identities goes away when none is left, unless the application knows it by an id of its own.
const GONE = `
  update link_row r set gone = true
  from account a, (select present_id, count(*) as moved from link_row where ${MOVED} group by 1) m
  where r.lost is not null and m.present_id = r.present_id and a.id = r.present_id
    and m.moved = cardinality(r.lost) and a.provisioned and a.external_id is null
    and not exists (select from link_row t where t.target_id = r.present_id and t.problem is null)`

// An account that goes away hands on its AuthKit user. Two AuthKit users cannot be one account.
const OTHER_AUTHKIT_USER = `
  with known as (
    select r.target_id, a.workos_user_id from link_row r join account a on a.id = r.present_id
    where r.gone and a.workos_user_id is not null
    union
    select a.id, a.workos_user_id from account a
    where a.workos_user_id is not null and a.id in (select target_id from link_row where gone)
  ), torn as (select target_id from known group by 1 having count(distinct workos_user_id) > 1)
  update link_row r set problem = 'OTHER_AUTHKIT_USER'
  where r.problem is null and r.outcome <> 'UNCHANGED' and r.target_id in (select target_id from torn)`
