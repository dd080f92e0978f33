/** The SQL parts of a search page. */
export interface SearchedPage {
  readonly from: string
  /** The same, from the table whose index has the order. */
  readonly inOrder: string
  /** The conditions of the list, regardless of the search. */
  readonly listed: readonly string[]
  /** The search conditions. */
  readonly searched: readonly string[]
  /** The search conditions, plus those that an index can use. */
  readonly found: readonly string[]
  /** The column that rows are ordered by, with the id as tie-breaker. */
  readonly column: string
  readonly direction: 'asc' | 'desc'
  readonly limit: string
}

// This many are found and sorted in a few milliseconds.
const FEW = 1_000
// If one row in twenty matches, a page is full by then, unless the order correlates with the search.
const NEAR = 2_000

/**
 * Returns the statement for the ids of a search page. PostgreSQL guesses how many rows match and assumes that they are
 * spread evenly over the order, so on its own it looked for a family name in name order in every row before the first
 * match: seconds in a million rows. Instead, rows are found by the index as long as they are few; otherwise the list is
 * walked for a while; and if that does not fill the page, all matches are found and sorted.
 */
export function idsFoundFirst(page: SearchedPage): string {
  const { from, inOrder, listed, searched, column, direction, limit } = page
  const found = [...listed, ...page.found].join(' and ')
  const sorted = (key: string, id: string) => `order by ${key} ${direction}, ${id} ${direction}`
  return `
    with few as materialized (
      select x.id, ${column} as key from ${from} where ${found} limit ${FEW + 1}
    ), near as materialized (
      select id, key from (
        select x.id, ${column} as key, ${searched.join(' and ')} as is_found from ${inOrder}
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
