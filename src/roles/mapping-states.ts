import type { Queryable, Tx } from '../db/database.ts'
import type { MappingChange, MappingState } from '../operations/role-mappings.ts'

/** Returns mappings as they are, ordered by id. */
export async function readMappingStates(db: Queryable, ids: readonly string[]): Promise<MappingState[]> {
  return (await db.query<MappingState>(`${SELECT} where x.id = any($1::text[]) order by x.id`, [ids])).rows
}

/** Returns the mappings that grant a role. */
export async function readMappingsOfRole(db: Queryable, roleId: string): Promise<MappingState[]> {
  const where = 'where x.id in (select mapping_id from role_mapping_role where role_id = $1)'
  return (await db.query<MappingState>(`${SELECT} ${where} order by x.id`, [roleId])).rows
}

/** Writes mappings and their roles; matchMappings writes which groups they match. */
export async function saveMappings(tx: Tx, changes: readonly MappingChange[]): Promise<void> {
  const gone = changes.flatMap(({ before, after }) => (before !== null && after === null ? [before.id] : []))
  const kept = changes.flatMap(({ after }) => (after === null ? [] : [after]))
  if (gone.length > 0) await tx.query('delete from role_mapping where id = any($1::text[])', [gone])
  if (kept.length === 0) return
  const { mappings, roles } = rowsOf(kept)
  await tx.query(UPSERT, [JSON.stringify(mappings)])
  await tx.query('delete from role_mapping_role where mapping_id = any($1::text[])', [kept.map(({ id }) => id)])
  await tx.query(
    `insert into role_mapping_role (mapping_id, role_id)
     select mapping_id, role_id from json_populate_recordset(null::role_mapping_role, $1)`,
    [JSON.stringify(roles)],
  )
}

/** Returns the rows of mappings in role_mapping and role_mapping_role. */
export function rowsOf(states: readonly MappingState[]) {
  return {
    mappings: states.map(({ id, organizationId, directoryId, match, value, attribute, createdAt }) => ({
      id,
      organization_id: organizationId,
      directory_id: directoryId,
      match,
      value,
      attribute,
      created_at: createdAt,
    })),
    roles: states.flatMap(({ id, roles }) => roles.map((role) => ({ mapping_id: id, role_id: role.id }))),
  }
}

const SELECT = `
  select x.id, x.organization_id as "organizationId", x.directory_id as "directoryId", x.match, x.value, x.attribute,
         to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
         coalesce((select json_agg(json_build_object('id', r.id, 'slug', r.slug) order by r.id)
                   from role_mapping_role mr join role r on r.id = mr.role_id where mr.mapping_id = x.id), '[]') as roles
  from role_mapping x`

const UPSERT = `
  insert into role_mapping (id, organization_id, directory_id, match, value, attribute, created_at, updated_at)
  select id, organization_id, directory_id, match, value, attribute, created_at, clock_timestamp()
  from json_populate_recordset(null::role_mapping, $1)
  on conflict (id) do update set
    organization_id = excluded.organization_id, directory_id = excluded.directory_id, match = excluded.match,
    value = excluded.value, attribute = excluded.attribute, updated_at = excluded.updated_at`
