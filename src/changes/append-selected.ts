import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { BELL } from './append.ts'

/**
 * Appends the changes that a statement returns, in its order: for what would be too many to pass through this process.
 * `select` has the columns kind, directory_id, organization_id, user_id, account_id, changed_fields, previous, detail,
 * source, actor and occurred_at. The rules of appendChanges apply. Returns how many there were.
 */
export async function appendSelected(tx: Tx, select: string, values: readonly unknown[]): Promise<number> {
  const appended = await tx.query<{ count: number }>(
    `with selected as materialized (select row_number() over () as n, s.* from (${select}) s),
     clock as (
       update change_clock set position = position + (select count(*) from selected)
       where id = 1 and exists (select from selected) returning position, clock_timestamp()::timestamptz(3) as at
     ), appended as (
       insert into change (position, kind, directory_id, organization_id, user_id, account_id, changed_fields, previous, detail,
                           source, actor, occurred_at, recorded_at)
       select clock.position - (select count(*) from selected) + n, kind, directory_id, organization_id, user_id, account_id,
              changed_fields, previous, detail, source, actor, occurred_at, clock.at
       from selected cross join clock
       returning 1
     )
     select (select count(*) from appended) as count, pg_notify('${BELL}', '')`,
    [...values],
  )
  return onlyRow(appended).count
}
