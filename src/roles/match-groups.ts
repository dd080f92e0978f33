import { setImmediate } from 'node:timers/promises'
import type { Tx } from '../db/database.ts'
import { holdMappings } from './mappings-lock.ts'
import { matchesGroup, type Match } from './match.ts'

/** Where a group or user is. */
export interface Place {
  readonly directoryId: string
  readonly organizationId: string | null
}

/** A mapping, and where it holds; null: everywhere. */
export interface ScopedMapping extends Match {
  readonly id: string
  readonly organizationId: string | null
  readonly directoryId: string | null
}

/** What a mapping is compared with. */
export interface Group extends Place {
  readonly id: string
  readonly name: string
}

export interface Pair {
  readonly group_id: string
  readonly mapping_id: string
}

/** Matches groups, which are new or have another name or organization, with all mappings. Gives those for which it differs now. */
export async function matchGroups(tx: Tx, groupIds: readonly string[]): Promise<string[]> {
  if (groupIds.length === 0) return []
  await holdMappings(tx)
  const { rows: groups } = await tx.query<Group>({ name: 'groups-to-match', text: GROUPS, values: [groupIds] })
  const { rows: mappings } = await tx.query<ScopedMapping>({
    name: 'group-mappings',
    text: MAPPINGS,
    values: [groupIds],
  })
  const { rows: changed } = await tx.query<{ id: string }>({
    name: 'save-group-matches',
    text: SAVE,
    values: [groupIds, JSON.stringify(await findPairs(groups, mappings))],
  })
  return changed.map(({ id }) => id)
}

// How long others may have to wait for a turn.
const TURN_MS = 20

/** Which mappings match which groups. Lets others have their turn meanwhile: patterns may be many, and slow. */
export async function findPairs(groups: readonly Group[], mappings: readonly ScopedMapping[]): Promise<Pair[]> {
  const pairs: Pair[] = []
  let turn = performance.now()
  for (const group of groups) {
    for (const mapping of mappings) {
      if (!covers(mapping, group)) continue
      pairs.push({ group_id: group.id, mapping_id: mapping.id })
    }
    if (performance.now() - turn < TURN_MS) continue
    await setImmediate()
    turn = performance.now()
  }
  return pairs
}

/** Whether a mapping holds where something is. */
export function isInScope({ organizationId, directoryId }: ScopedMapping, place: Place): boolean {
  if (organizationId !== null && organizationId !== place.organizationId) return false
  return directoryId === null || directoryId === place.directoryId
}

function covers(mapping: ScopedMapping, group: Group): boolean {
  return isInScope(mapping, group) && matchesGroup(mapping, group)
}

const GROUPS = `
  select id, name, directory_id as "directoryId", organization_id as "organizationId" from directory_group
  where id = any($1::text[])`

const MAPPINGS = `
  select id, match, value, organization_id as "organizationId", directory_id as "directoryId" from role_mapping
  where match <> 'ATTRIBUTE_EQUALS' and (organization_id is null or organization_id in (
    select g.organization_id from directory_group g where g.id = any($1::text[])))`

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
