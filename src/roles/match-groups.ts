import type { Tx } from '../db/database.ts'
import { together } from '../db/together.ts'
import { findPairs, type Group, type ScopedMapping } from './find-pairs.ts'
import { lockMappingsShared } from './mappings-lock.ts'

/**
 * Matches groups that are new, or have another name or organization, with all mappings. Returns those whose matches
 * changed.
 */
export async function matchGroups(tx: Tx, groupIds: readonly string[]): Promise<string[]> {
  if (groupIds.length === 0) return []
  const [, { rows: groups }] = await together(
    lockMappingsShared(tx),
    tx.query<Group>({ name: 'groups-to-match', text: GROUPS, values: [groupIds] }),
  )
  const mappings = await readMappingsFor(tx, groups)
  const { rows: changed } = await tx.query<{ id: string }>({
    name: 'save-group-matches',
    text: SAVE,
    values: [groupIds, JSON.stringify(await findPairs(tx, groups, mappings))],
  })
  return changed.map(({ id }) => id)
}

/**
 * Tries patterns on groups as they will be, before mappings are locked: slow results are then cached, and no caller who
 * changes a mapping waits for them.
 */
export async function foreseeGroups(tx: Tx, groups: readonly Group[]): Promise<void> {
  if (groups.length > 0) await findPairs(tx, groups, await readMappingsFor(tx, groups))
}

async function readMappingsFor(tx: Tx, groups: readonly Group[]): Promise<ScopedMapping[]> {
  const organizationIds = new Set(groups.map(({ organizationId }) => organizationId))
  const values = [[...organizationIds].filter((id) => id !== null)]
  return (await tx.query<ScopedMapping>({ name: 'group-mappings', text: MAPPINGS, values })).rows
}

const GROUPS = `
  select id, name, directory_id as "directoryId", organization_id as "organizationId" from directory_group
  where id = any($1::text[])`

const MAPPINGS = `
  select id, match, value, organization_id as "organizationId", directory_id as "directoryId" from role_mapping
  where match <> 'ATTRIBUTE_EQUALS' and (organization_id is null or organization_id = any($1::text[]))`

const SAVE = `
  with wanted as (select * from json_to_recordset($2) as w (group_id text, mapping_id text)),
  gone as (
    delete from role_mapping_group mg
    where mg.group_id = any($1::text[]) and not exists (
      select from wanted w where w.group_id = mg.group_id and w.mapping_id = mg.mapping_id)
    returning group_id
  ),
  came as (
    insert into role_mapping_group (group_id, mapping_id) select group_id, mapping_id from wanted
    on conflict do nothing returning group_id
  )
  select group_id as id from gone union select group_id from came order by 1`
