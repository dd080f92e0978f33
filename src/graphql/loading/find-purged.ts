import type { Queryable } from '../../db/database.ts'

/** What users belonged to. */
export type Whole = 'directory' | 'group'

/**
 * Finds the directories or groups that, at a change log position, contained a user who has been purged since.
 * `organizationId` restricts the visible users; null means all. Users with later changes recorded for another
 * organization are not revealed (law 8).
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
