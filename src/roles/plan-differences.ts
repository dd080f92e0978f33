import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import {
  matchAttributes,
  readAttributeMappings,
  type AttributeRoleMapping,
  type AttributeMatch,
} from './attribute-matches.ts'
import { changedIds, PLANNED } from './planned-mappings.ts'
import { KEY, wantedGrants } from './wanted-grants.ts'
import type { MappingChange } from '../operations/role-mappings.ts'

/** What a plan changes for some accounts. */
export interface ChunkOfPlan {
  readonly accounts: number
  /** Roles of accounts. */
  readonly granted: number
  readonly revoked: number
  readonly unchanged: number
  /** Accounts left without any role. */
  readonly emptied: number
  /** Over every reason that the accounts have now and would have. */
  readonly digest: string
  /** Number of users whom mappings by attribute match, by mapping. */
  readonly matched: ReadonlyMap<string, number>
}

const CHUNK = 1_000

/**
 * Compares the roles that accounts have with those that they would have, chunk by chunk, with the statement that
 * derives grants. Writes each difference to the plan `planId`, or nothing if that is null. The plan must be laid out.
 */
export async function* planDifferences(
  tx: Tx,
  changes: readonly MappingChange[],
  planId: string | null,
): AsyncGenerator<ChunkOfPlan> {
  const changed = changedIds(changes)
  for (let after = ''; ;) {
    const { rows } = await tx.query<{ id: string }>(ACCOUNTS, [after])
    const last = rows.at(-1)
    if (last === undefined) return
    const ids = rows.map(({ id }) => id)
    const matches = await plannedMatches(tx, ids, changes)
    const values = [ids, JSON.stringify(matches), changed, planId]
    const sums = await tx.query<Omit<ChunkOfPlan, 'accounts' | 'matched'>>(DIFFERENCES, values)
    const byMapping = Map.groupBy(
      matches.filter(({ living }) => living),
      (match) => match.mapping_id,
    )
    const matched = new Map([...byMapping].map(([id, of]) => [id, of.length]))
    yield { accounts: ids.length, ...onlyRow(sums), matched }
    after = last.id
  }
}

/** Whether the roles of some accounts would change differently from what a laid-out plan says. */
export async function differsFromPlan(
  tx: Tx,
  planId: string,
  changes: readonly MappingChange[],
  accountIds: readonly string[],
): Promise<boolean> {
  const matches = await plannedMatches(tx, accountIds, changes)
  const values = [accountIds, JSON.stringify(matches), changedIds(changes), planId]
  const { rowCount } = await tx.query(OTHERWISE, values)
  return rowCount !== 0
}

async function plannedMatches(
  tx: Tx,
  accountIds: readonly string[],
  changes: readonly MappingChange[],
): Promise<AttributeMatch[]> {
  const changed = changedIds(changes)
  const wanted = changes.map(({ after }) => after).filter((mapping) => mapping?.match === 'ATTRIBUTE_EQUALS')
  const stored = (await readAttributeMappings(tx, accountIds)).filter(({ id }) => !changed.includes(id))
  return matchAttributes(tx, accountIds, [...stored, ...(wanted as AttributeRoleMapping[])])
}

const ACCOUNTS = `select account_id as id from planned_account where account_id > $1 order by account_id limit ${CHUNK}`

const digestOf = (columns: string, table: string) => `
  (select encode(sha256(convert_to(coalesce(string_agg(line, ',' order by line), ''), 'UTF8')), 'hex')
   from (select concat_ws(' ', ${columns}) as line from ${table}) lines)`

const TURNS = `
  wanted as materialized (${wantedGrants(PLANNED)}),
  stored as materialized (select ${KEY}, visible from role_grant where account_id = any($1::text[])),
  before as (select distinct account_id, role_id from stored where visible),
  after as (select distinct account_id, role_id from wanted where visible),
  turns as (
    select coalesce(a.account_id, b.account_id) as account_id,
           coalesce(array_agg(a.role_id order by a.role_id) filter (where b.role_id is null), '{}') as granted,
           coalesce(array_agg(b.role_id order by b.role_id) filter (where a.role_id is null), '{}') as revoked,
           count(*) filter (where a.role_id = b.role_id) as kept, count(a.role_id) = 0 as loses_last
    from after a full join before b on b.account_id = a.account_id and b.role_id = a.role_id
    group by 1
  )`

// What the accounts would have is hashed without mapping ids: a new mapping has another id in each plan.
const DIFFERENCES = `
  with ${TURNS},
  written as (
    insert into role_mapping_plan_difference (plan_id, account_id, granted, revoked, loses_last)
    select $4, account_id, granted, revoked, loses_last from turns
    where $4::text is not null and (granted <> '{}' or revoked <> '{}')
  )
  select coalesce(sum(cardinality(granted)), 0)::int as granted, coalesce(sum(cardinality(revoked)), 0)::int as revoked,
         coalesce(sum(kept), 0)::int as unchanged, (count(*) filter (where loses_last))::int as emptied,
         ${digestOf(`${KEY}, visible`, 'stored')} ||
         ${digestOf('account_id, role_id, kind, group_id, directory_user_id, visible', 'wanted')} as digest
  from turns`

const OTHERWISE = `
  with ${TURNS}
  select from turns t
  full join (
    select * from role_mapping_plan_difference where plan_id = $4 and account_id = any($1::text[])
  ) d on d.account_id = t.account_id
  where coalesce(t.granted, '{}') <> coalesce(d.granted, '{}') or coalesce(t.revoked, '{}') <> coalesce(d.revoked, '{}')
    or coalesce(t.loses_last, false) <> coalesce(d.loses_last, false) limit 1`
