import type { Queryable } from '../db/database.ts'

/** A task that continues in a directory, transaction by transaction, until it has reached all rows. */
export interface Unfinished {
  readonly directoryId: string
  /** `cascade`: a deletion, of the directory or of a group. `remap`: a change of where an attribute is read from. */
  readonly kind: 'cascade' | 'remap'
}

/** The tasks to continue; deletions first, since access ends with them. */
export async function findUnfinished(db: Queryable): Promise<Unfinished[]> {
  return (await db.query<Unfinished>({ name: 'find-unfinished', text: FIND })).rows
}

const FIND = `
  (select id as "directoryId", 'cascade' as kind from directory where cascade_after is not null
   union select directory_id, 'cascade' from directory_group where cascading limit 100)
  union all
  (select directory_id, 'remap' from attribute_remap where finished_at is null limit 100)`
