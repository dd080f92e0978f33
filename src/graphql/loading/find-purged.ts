import type { Queryable } from '../../db/database.ts'

/** What people were of. */
export type Whole = 'directory' | 'group'

/**
 * Those directories or groups in which somebody was at a place of the change log who has been purged since.
 * `organizationId` is whose people are seen; null: everybody's. Of whom anything since then was recorded for another
 * one, nothing is told (law 8).
 */
export async function findPurged(
  db: Queryable,
  whole: Whole,
  ids: readonly string[],
  position: number,
  organizationId: string | null,
): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>({
    name: `purged-of-${whole}`,
    text: FIND[whole],
    values: [ids, position, organizationId],
  })
  return new Set(rows.map(({ id }) => id))
}

const purgedOf = (ends: string) => `
  select w.id from unnest($1::text[]) as w (id)
  where exists (
    select from change c
    where ${ends} and c.position > $2 and c.purged_since <= $2 and ($3::text is null or not exists (
      select from change o where o.user_id = c.user_id and o.position > $2 and o.organization_id is distinct from $3)))`

const FIND = {
  directory: purgedOf('c.directory_id = w.id and c.group_id is null'),
  group: purgedOf('c.group_id = w.id'),
}
