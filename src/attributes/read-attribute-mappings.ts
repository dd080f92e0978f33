import type { Queryable } from '../db/database.ts'
import { mappingOf, type DirectoryMapping, type Overrides } from '../directory/attribute-mapping.ts'

/** The attribute mappings of these directories, in one statement. Missing directories are left out. */
export async function readAttributeMappings(
  db: Queryable,
  directoryIds: readonly string[],
): Promise<Map<string, DirectoryMapping>> {
  const { rows } = await db.query<{ id: string; type: string; overrides: Overrides }>({
    name: 'read-attribute-mappings',
    text: READ,
    values: [directoryIds],
  })
  return new Map(rows.map(({ id, type, overrides }) => [id, mappingOf(type, overrides)]))
}

const READ = `
  select d.id, d.type, coalesce(own.overrides, '{}') as overrides
  from directory d
  left join lateral (
    select json_object_agg(m.attribute, m.pointers) as overrides from attribute_mapping m where m.directory_id = d.id
  ) own on true
  where d.id = any($1::text[])`
