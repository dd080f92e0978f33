/** What the page of a search is put together from, as SQL. */
export interface SearchedPage {
  readonly from: string
  /** The conditions that rows of the list fulfil, searched for or not. */
  readonly listed: readonly string[]
  /** What is searched for. */
  readonly searched: readonly string[]
  /** The same, with what an index finds it by. */
  readonly found: readonly string[]
  /** By what rows are ordered, and within equal values by their id. */
  readonly column: string
  readonly direction: 'asc' | 'desc'
  readonly limit: string
}

// As many are found and sorted in a few milliseconds.
const FEW = 1_000
// Of what one in twenty has, a page is full by then, unless the order has to do with what is searched for.
const NEAR = 2_000

/**
 * The statement that gives the ids of a page of a search. Left to PostgreSQL, which guesses how many rows there are and
 * that they stand anywhere in the order, a family name in the order of names was looked for in each row before the
 * first that has it: in a million, for seconds. So they are found by the index, as long as they are few; else the list
 * is walked for a while; and if that does not fill the page, all are found and sorted.
 */
export function idsFoundFirst(page: SearchedPage): string {
  const { from, listed, searched, column, direction, limit } = page
  const found = [...listed, ...page.found].join(' and ')
  const sorted = (key: string, id: string) => `order by ${key} ${direction}, ${id} ${direction}`
  return `
    with few as materialized (
      select x.id, ${column} as key from ${from} where ${found} limit ${FEW + 1}
    ), near as materialized (
      select id, key from (
        select x.id, ${column} as key, ${searched.join(' and ')} as is_found from ${from}
        where ${[...listed, `(select count(*) from few) > ${FEW}`].join(' and ')}
        ${sorted(column, 'x.id')} limit ${NEAR}
      ) walked where is_found limit ${limit}
    ), all_found as materialized (
      select x.id, ${column} as key from ${from}
      where ${found} and (select count(*) from few) > ${FEW} and (select count(*) from near) < ${limit}
    )
    select id from (
      select * from few where (select count(*) from few) <= ${FEW}
      union all select * from near where (select count(*) from near) = ${limit}
      union all select * from all_found
    ) together ${sorted('key', 'id')} limit ${limit}`
}
