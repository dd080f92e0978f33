// Mappings as a plan wants them, beside the existing ones: in temporary tables dropped with the transaction, so that
// no other transaction waits.
import type { Tx } from '../db/database.ts'
import { changedMapping, type MappingChange, type MappingState } from '../operations/role-mappings.ts'
import { concernedAccounts, CONCERNED } from './concerned-accounts.ts'
import { rowsOf } from './mapping-states.ts'
import { matchMappings } from './match-mappings.ts'
import type { MappingSources } from './wanted-grants.ts'

/** Creates the tables and fills in which groups the changed mappings match and which accounts the changes concern. */
export async function layOutPlan(tx: Tx, changes: readonly MappingChange[]): Promise<void> {
  await tx.query(`
    create temp table planned_mapping (like role_mapping) on commit drop;
    create temp table planned_group (group_id text collate "C", mapping_id text collate "C") on commit drop;
    create temp table planned_role (mapping_id text collate "C", role_id text collate "C") on commit drop;
    create temp table planned_account (account_id text collate "C" primary key) on commit drop;
    create index on planned_group (group_id);
    create index on planned_group (mapping_id)`)
  const after = changes.map((change) => change.after).filter((mapping) => mapping !== null)
  const { mappings, roles } = rowsOf(after)
  await tx.query('insert into planned_mapping select * from json_populate_recordset(null::planned_mapping, $1)', [
    JSON.stringify(mappings.map((row) => ({ ...row, updated_at: row.created_at }))),
  ])
  await tx.query('insert into planned_role select * from json_populate_recordset(null::planned_role, $1)', [
    JSON.stringify(roles),
  ])
  await matchMappings(tx, after, 'planned_group')
  await tx.query('analyze planned_group') // or PostgreSQL takes it for a small one, and looks up each membership
  for (const concerned of [CONCERNED, CONCERNED_AFTERWARDS])
    await tx.query(`insert into planned_account ${concerned} on conflict do nothing`, [changedIds(changes)])
}

const CONCERNED_AFTERWARDS = concernedAccounts({ mappings: 'planned_mapping', groups: 'planned_group' })

/** Copies which groups mappings of the plan match into role_mapping_group. */
export async function copyMatches(tx: Tx, mappings: readonly MappingState[]): Promise<void> {
  await tx.query(
    `insert into role_mapping_group (group_id, mapping_id)
     select group_id, mapping_id from planned_group where mapping_id = any($1::text[])`,
    [mappings.map(({ id }) => id)],
  )
}

export function changedIds(changes: readonly MappingChange[]): string[] {
  return changes.map((change) => changedMapping(change).id)
}

/** All mappings as the plan wants them. `$3` is the ids of those that it changes. */
export const PLANNED: MappingSources = {
  groups: `(
    select group_id, mapping_id from role_mapping_group where mapping_id <> all($3::text[])
    union all select group_id, mapping_id from planned_group)`,
  roles: `(
    select mapping_id, role_id from role_mapping_role where mapping_id <> all($3::text[])
    union all select mapping_id, role_id from planned_role)`,
}
