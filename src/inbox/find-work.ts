import type { Database } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { together } from '../db/together.ts'
import { inOneFlight } from '../db/transaction.ts'
import { IS_DUE, IS_NAMING, MAX_DIRECTORIES } from './claim.ts'

/** What a worker has to do. */
interface Work {
  /**
   * Directories with due events, in the order of their ids after the given one and then from the beginning, so that
   * each gets its turn.
   */
  readonly due: readonly string[]
  /** Whether at most `few` events are due in all directories, none of which names a group. */
  readonly areFew: boolean
  /** Whether a deletion or a changed mapping has not reached all rows yet: see findUnfinished. */
  readonly unfinished: boolean
  /** Whether there are accounts to settle, or to look for: see settleNext. */
  readonly unsettled: boolean
}

/** Fewer than there can be: then due events are never called few, and only their directories are looked for. */
export const NONE = -1

/**
 * One statement, since it runs after every batch: reads no more than `few` events, and one index entry per directory,
 * however many wait.
 */
export async function findWork(pool: Database['pool'], after: string, few: number): Promise<Work> {
  return inOneFlight(pool, async (tx) => {
    const find = { name: 'find-work', text: FIND, values: [after, few] }
    const [, found] = await together(tx.query({ name: 'walk-in-order', text: WALK }), tx.query<Work>(find))
    return onlyRow(found)
  })
}

// The queue is walked in index order with a generic plan. Planning would take longer than the lookup, and a sort would
// scan dead tuples left since the last vacuum, which only a walk forgets on the way.
const WALK = `
  select ${Object.entries({
    plan_cache_mode: 'force_generic_plan',
    enable_sort: 'off',
    enable_bitmapscan: 'off',
    enable_seqscan: 'off',
    jit: 'off',
  })
    .map(([name, value]) => `set_config('${name}', '${value}', true)`)
    .join(', ')}`

// If few are due, they are read; if many are, their directories are found one by one.
const FIND = `
  with recursive first as materialized (
    select directory_id as id, ${IS_NAMING} as naming from inbox_event
    where ${IS_DUE} order by directory_id, occurred_at, inbox_event.id limit $2::int + 1
  ), due as (
    (select directory_id as id, 1 as n from inbox_event where ${IS_DUE} and directory_id > $1 order by directory_id limit 1)
    union all
    select (select i.directory_id from inbox_event i where ${IS_DUE} and i.directory_id > due.id order by i.directory_id limit 1), n + 1
    from due where due.id is not null and n < ${MAX_DIRECTORIES * 4}
  ), again as (
    (select directory_id as id, 1 as n from inbox_event where ${IS_DUE} and directory_id <= $1 order by directory_id limit 1)
    union all
    select (select i.directory_id from inbox_event i where ${IS_DUE} and i.directory_id > again.id and i.directory_id <= $1
            order by i.directory_id limit 1), n + 1
    from again where again.id is not null and n < ${MAX_DIRECTORIES * 4}
  )
  select case when (select count(*) from first) <= $2::int
           then array(select id from first where id is not null group by id order by id <= $1, id)
           else array(select id from due where id is not null order by n) || array(select id from again where id is not null order by n)
         end as due,
         (select count(*) <= $2::int and count(*) filter (where naming) = 0 from first) as "areFew",
         (select cascade_after from directory where cascade_after is not null order by cascade_after limit 1) is not null
           or (select directory_id from directory_group where cascading order by directory_id limit 1) is not null
           or exists (select from attribute_remap where finished_at is null) as unfinished,
         exists (select from account_due) or exists (select from mapping_due) as unsettled`
