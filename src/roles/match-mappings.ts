import type { Tx } from '../db/database.ts'
import { invalid } from '../directory/refusal.ts'
import type { MappingState } from '../directory/role-mappings.ts'
import { findPairs, type Group } from './match-groups.ts'

/** Groups that are looked at together. */
const CHUNK = 2_000
/** How long the patterns of one change may take over all groups: the transaction has mappings to itself meanwhile. */
const LONGEST_MS = 10_000

/**
 * Compares mappings with every group that they may match, and adds the pairs to a table such as role_mapping_group, in which
 * they have none. Throws Refusal where their patterns take too long.
 */
export async function matchMappings(tx: Tx, mappings: readonly MappingState[], table: string): Promise<void> {
  const ofGroups = mappings.filter(({ match }) => match !== 'ATTRIBUTE_EQUALS')
  if (ofGroups.length === 0) return
  const everywhere = ofGroups.some(({ organizationId, directoryId }) => organizationId === null && directoryId === null)
  const organizationIds = idsOf(ofGroups.map(({ organizationId }) => organizationId))
  const directoryIds = idsOf(ofGroups.map(({ directoryId }) => directoryId))
  let spent = 0
  for (let after = ''; ;) {
    const { rows: groups } = await tx.query<Group>(GROUPS, [after, everywhere, organizationIds, directoryIds])
    const from = performance.now()
    const pairs = await findPairs(groups, ofGroups)
    spent += performance.now() - from
    if (pairs.length > 0) await tx.query(insertInto(table), [JSON.stringify(pairs)])
    if (groups.length < CHUNK) return
    if (spent > LONGEST_MS) throw invalid({ path: ['value'], message: 'takes too long on the groups that there are' })
    after = groups.at(-1)!.id
  }
}

const idsOf = (ids: readonly (string | null)[]): string[] => [...new Set(ids.filter((id) => id !== null))]

const GROUPS = `
  select id, name, directory_id as "directoryId", organization_id as "organizationId" from directory_group
  where id > $1 and ($2 or organization_id = any($3::text[]) or directory_id = any($4::text[]))
  order by id limit ${CHUNK}`

const insertInto = (table: string) => `
  insert into ${table} (group_id, mapping_id) select group_id, mapping_id
  from json_to_recordset($1) as p (group_id text, mapping_id text)`
