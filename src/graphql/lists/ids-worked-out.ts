import type { WorkedOut } from './listing.ts'

/** The SQL parts of a page whose rows are worked out. */
interface WorkedOutPage extends WorkedOut {
  readonly from: string
  /** The expression for the parent's id. */
  readonly parent: string
  /** Where the page begins and ends. */
  readonly where: readonly string[]
  readonly inOrder: string
  readonly limit: string
}

// Of what one in forty is the parent's, a page is full by then.
const WALKED = 2_000

/**
 * Returns the statement for the ids of a page whose rows are worked out. Working out all takes as long for each page as
 * the parent is large, so the list's order is walked for a while first: whoever reads page after page is among the
 * parent's rows by then.
 */
export function idsWorkedOut({ from, all, near, parent, where, inOrder, limit }: WorkedOutPage): string {
  // Hidden from PostgreSQL, which would start other processes for a parent that it sees to be large: that takes longer
  // than the page.
  const of = (sql: string) => sql.replaceAll('?', `(select ${parent})`)
  const firstOf = (select: string, conditions: readonly string[], most: string | number) =>
    `select ${select} ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`} ${inOrder} limit ${most}`
  const among = (conditions: readonly string[]) => firstOf(`x.id from (${of(all)}) x`, conditions, limit)
  if (near === undefined) return among(where)
  return `
    with next as (${firstOf(`x.* from ${from}`, where, WALKED)}),
    found as materialized (${of(near)} ${inOrder} limit ${limit})
    select x.id from (
      select id from found
      union (${among([...where, `not exists (select from found offset ${limit} - 1)`])})
    ) x ${inOrder} limit ${limit}`
}
