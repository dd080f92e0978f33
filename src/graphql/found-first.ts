import type { Naming } from './naming.ts'

/** What the page of a list is put together from, as SQL. */
export interface SoughtPage {
  readonly from: string
  /** The conditions that rows of the list fulfil, sought or not. */
  readonly listed: readonly string[]
  /** By what rows are ordered, and within equal values by their id. */
  readonly column: string
  readonly direction: 'asc' | 'desc'
  readonly limit: string
}

// As many are found and sorted in a few milliseconds.
const FEW = 1_000
// Of what one in twenty has, a page is full by then, unless the order has to do with what is sought.
const NEAR = 2_000

/**
 * The statement that gives the ids of a page of a search: of rows that fulfil `searched`, which an index finds, and some others, by `found`.
 *
 * Left to PostgreSQL, which guesses how many rows there are and that they stand anywhere in the order, a family name in the
 * order of names was looked for in each row before the first that has it: in a million, for seconds. So they are found by the index,
 * as long as they are few; else the list is walked for a while; and if that does not fill the page, all are found and sorted.
 */
export function idsSearched(page: SoughtPage, searched: readonly string[], found: readonly string[]): string {
  const { from, listed, column } = page
  const isMany = `(select count(*) from few) > ${FEW}`
  const ways = nearOrAll({ ...page, listed: [...listed, isMany] }, searched.join(' and '), found.join(' and '))
  return `
    with few as materialized (
      select x.id, ${column} as key from ${from} where ${[...listed, ...found].join(' and ')} limit ${FEW + 1}
    ), ${ways}
    ${idsOf(page, `select * from few where not ${isMany} union all`)}`
}

/**
 * The same of rows that another table names, where it names many. PostgreSQL takes them for as frequent in one place of the list as in
 * another: whose identities are all of the newest directory, it looked for in each account before.
 */
export function idsNamed(page: SoughtPage, { table, column }: Naming, where: string): string {
  // Of each row alone: PostgreSQL would read all that are named before it asked for the first.
  const isNamed = `(select true from ${table} where ${column} = x.id and ${where} limit 1) is not null`
  const ways = nearOrAll(page, isNamed, `x.id = any(array(select ${column} from ${table} where ${where}))`)
  return `with ${ways} ${idsOf(page, '')}`
}

/** `near`: what a walk along the list finds; `all_found`: all, where that is not enough. */
function nearOrAll({ from, listed, column, direction, limit }: SoughtPage, isSought: string, found: string): string {
  return `walked as materialized (
      select x.id, ${column} as key, ${isSought} as is_sought from ${from}
      ${listed.length === 0 ? '' : `where ${listed.join(' and ')}`}
      order by ${column} ${direction}, x.id ${direction} limit ${NEAR}
    ), near as materialized (
      select id, key from walked where is_sought limit ${limit}
    ), all_found as materialized (
      select x.id, ${column} as key from ${from} where ${[...listed, found, `not ${isEnough(limit)}`].join(' and ')}
    )`
}

// The page is full, or the list is at its end. Rows are walked along only as they are asked for: those behind a full page are not.
const isEnough = (limit: string): string =>
  `((select count(*) from near) = ${limit} or (select count(*) from walked) < ${NEAR})`

function idsOf({ direction, limit }: SoughtPage, few: string): string {
  return `
    select id from (
      ${few}
      select * from near where ${isEnough(limit)}
      union all select * from all_found
    ) together order by key ${direction}, id ${direction} limit ${limit}`
}
