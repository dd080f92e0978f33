import type { Queryable, Tx } from '../db/database.ts'
import type { MappingState } from '../operations/role-mappings.ts'
import { findPairs, type Group, type Pair } from './find-pairs.ts'

/** Groups read at a time. */
const CHUNK = 2_000
/** How long comparing may take while no other caller waits for it. */
const LONGEST_MS = 20_000
/**
 * The same under a lock. Patterns were tried before, and slow results are cached. A plan makes other planners wait, a
 * change of mappings makes all transactions that derive grants wait.
 */
const LONGEST_IN_TURN = { planned_group: 5_000, role_mapping_group: 2_000 } as const

/**
 * Compares mappings with every group that they may match, and inserts the pairs into a table that has none of theirs.
 * Throws Refusal if their patterns take too long.
 */
export async function matchMappings(
  tx: Tx,
  mappings: readonly MappingState[],
  table: keyof typeof LONGEST_IN_TURN,
): Promise<void> {
  for await (const pairs of compare(tx, mappings, LONGEST_IN_TURN[table]))
    if (pairs.length > 0) await tx.query(insertInto(table), [JSON.stringify(pairs)])
}

/** The same without storing it, and before a lock is taken: slow results are cached for when one is held. */
export async function foreseeMappings(db: Queryable, mappings: readonly MappingState[]): Promise<void> {
  const patterns = mappings.filter(({ match }) => match === 'NAME_REGEX')
  for await (const _pairs of compare(db, patterns, LONGEST_MS));
}

async function* compare(db: Queryable, mappings: readonly MappingState[], mostMs: number): AsyncGenerator<Pair[]> {
  const ofGroups = mappings.filter(({ match }) => match !== 'ATTRIBUTE_EQUALS')
  if (ofGroups.length === 0) return
  const everywhere = ofGroups.some(({ organizationId, directoryId }) => organizationId === null && directoryId === null)
  const organizationIds = idsOf(ofGroups.map(({ organizationId }) => organizationId))
  const directoryIds = idsOf(ofGroups.map(({ directoryId }) => directoryId))
  const effort = { spentMs: 0, mostMs }
  for (let after = ''; ;) {
    const { rows: groups } = await db.query<Group>(GROUPS, [after, everywhere, organizationIds, directoryIds])
    yield await findPairs(db, groups, ofGroups, effort)
    const last = groups.at(-1)
    if (last === undefined || groups.length < CHUNK) return
    after = last.id
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
