import type { Queryable } from '../../db/database.ts'
import type { Whole } from './find-purged.ts'

/** Finds the directories, or groups, that belonged to another organization at a change log position. */
export async function findAnothers(
  db: Queryable,
  whole: Whole,
  ids: readonly string[],
  position: number,
): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>({
    name: `anothers-${whole}`,
    text: FIND[whole],
    values: [ids, position],
  })
  return new Set(rows.map(({ id }) => id))
}

const FIND = {
  directory: 'select id from directory where id = any($1::text[]) and owned_since > $2',
  group: `select g.id from directory_group g join directory d on d.id = g.directory_id
          where g.id = any($1::text[]) and d.owned_since > $2`,
}
