// Lists as SQL: keyset pages, in one statement for all the parents that want the same page.
import type { Database, Queryable } from '../db/database.ts'
import { idsFoundFirst } from './found-first.ts'
import { walkIndex } from './index-walk.ts'

/** A list as one kind of parent has it, or, at the root, as the viewer has it. */
export interface Listing {
  /** `from` and the joins; the listed table is `x`. */
  readonly from: string
  /** The columns of `x` in the names of its model. */
  readonly columns: string
  /** Those of them that some fields of GraphQL need; absent where all are read for any. */
  readonly columnsFor?: (fields: ReadonlySet<string>) => string
  /** Of which parent an `x` is: compared with the parents' ids. Null at the root. */
  readonly parent: string | null
  /** Whether its rows are those that another table names: there it walks, and not in its own. */
  readonly joined?: true
  /** What is never listed. */
  readonly always?: string
  /** Which field of an entry names the directory that it mirrors a part of; absent where it mirrors none. */
  readonly mirrors?: 'id' | 'directoryId'
  /**
   * The columns of indexes without the id that each ends with, those first that leave the fewest rows between the first and the
   * last of a list. Absent where pages are planned each time.
   */
  readonly indexes?: readonly (readonly string[])[]
  /** All rows with the same value of the first column have the same value of the second: `sql` asks which. */
  readonly owner?: { readonly column: string; readonly of: string; readonly sql: string }
  /** A parent has few, and no index has them in the list's order: all are read and sorted anyway, those of several parents at once. */
  readonly few?: true
}

/** By what a list is ordered: the column, and within equal values the id. No column may be null. */
export interface Order {
  /** Names the order in cursors, so that a cursor is not used with another order. */
  readonly name: string
  readonly column: string
  readonly type: 'text' | 'timestamptz' | 'bigint'
  readonly descending: boolean
  /** No two entries have the same value: then it stands alone, and the index need not have the id. */
  readonly unique?: true
}

/** A condition in which `?` stands for the value. */
export interface Condition {
  readonly sql: string
  readonly value?: unknown
  /** Where it says that a column has the value. */
  readonly equals?: { readonly column: string; readonly type: string }
  /** Nearly all rows have it that the other conditions leave: who walks over those that have not, does not walk far. */
  readonly most?: true
  /** What an index finds these rows by, and some others, in no order. */
  readonly foundBy?: readonly Condition[]
}

export function equal(column: string, type: string, value: string): Condition {
  return { sql: `${column} = ?::${type}`, value, equals: { column, type } }
}

/** That a column has one of the values. A single one is compared as such: then the index keeps the order behind it. */
export function oneOf(column: string, type: string, values: readonly string[]): Condition {
  if (values.length === 1) return equal(column, type, values[0]!)
  return { sql: `${column} = any(?::${type}[])`, value: values }
}

export interface Keyset {
  readonly value: string
  readonly id: string
}

export interface Page {
  /** Where not all of the list's are needed. */
  readonly columns?: string | undefined
  readonly conditions: readonly Condition[]
  readonly order: Order
  readonly after: Keyset | null
  readonly before: Keyset | null
  readonly limit: number
  /** From the end of the list. */
  readonly backwards: boolean
}

export type Row<Model> = Model & { readonly parentId: string | null; readonly sortKey: string }

/** The same text for the same page of the same list, and for no other. Made for each parent: it must not cost much. */
export function keyOf({ from, parent, always }: Listing, page: Page): string {
  const { columns, conditions, order, after, before, limit, backwards } = page
  const given = conditions.length + (after === null ? 0 : 1) + (before === null ? 0 : 1)
  const values = given === 0 ? '' : JSON.stringify([conditions, after, before])
  return `${from}\n${parent}\n${always}\n${columns}\n${order.name} ${limit} ${backwards} ${values}`
}

// Planned for a parent whose id it sees, a statement follows the index of the order; for parents that it does not see,
// PostgreSQL reckons with the average, and would sort a large one as a whole. More parents would take too long to plan.
const SEEN_PARENTS = 4

/** Up to `limit` rows of each parent, in the list's order, in one statement. `parents` is null at the root. */
export async function readPages<Model>(
  { pool, quick }: Pick<Database, 'pool' | 'quick'>,
  listing: Listing,
  page: Page,
  parents: readonly string[] | null,
): Promise<Row<Model>[]> {
  type Read = Row<Model> & object
  if (parents === null || parents.length === 1) {
    const parent = parents === null ? null : equal(listing.parent!, 'text', parents[0]!)
    const walk = walkIndex(listing, page, parent)
    if (walk !== null) return quick.query<Read>(walk.text, walk.values)
  }
  const values: unknown[] = []
  const { order, limit, backwards } = page
  const direction = order.descending === backwards ? 'asc' : 'desc'
  const key = order.unique ? [order.column] : [order.column, 'x.id']
  const searches = listing.joined ? [] : page.conditions.filter(({ foundBy = [] }) => foundBy.length > 0)
  const where = conditionsOf(
    listing,
    page.conditions.filter((condition) => !searches.includes(condition)),
    values,
  )
  const searched = conditionsOf(
    {},
    searches.map(({ sql, value }) => ({ sql, value })),
    values,
  )
  const found = conditionsOf({}, searches, values)
  for (const [keyset, forwards] of [
    [page.after, true],
    [page.before, false],
  ] as const) {
    if (keyset !== null) where.push(beyond(order, key, keyset, forwards === order.descending ? '<' : '>', values))
  }
  const most = `$${values.push(limit)}`
  const inOrder = `order by ${key.map((column) => `${column} ${direction}`).join(', ')}`
  const select = (parent: string, also: string, conditions: readonly string[]) => `
    select ${parent}::text as "parentId", ${order.column}::text as "sortKey", ${page.columns ?? listing.columns}${also}
    from ${listing.from}
    ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}`
  const one = (parent: string | null) => {
    const ofParent = parent === null ? [] : [`${listing.parent} = ${parent}`]
    const listed = [...ofParent, ...where]
    const pageOf = (conditions: readonly string[]) =>
      `${select(parent ?? 'null', '', conditions)} ${inOrder} limit ${most}`
    if (searches.length === 0) return pageOf(listed)
    const { from } = listing
    const ids = idsFoundFirst({ from, listed, found, searched, column: order.column, direction, limit: most })
    return pageOf([...ofParent, `x.id = any(array(${ids}))`])
  }

  if (listing.few && parents !== null) {
    const ofThem = `${listing.parent} = any($${values.push(parents)}::text[])`
    const place = `, row_number() over (partition by ${listing.parent} ${inOrder}) as place`
    const all = select(listing.parent!, place, [ofThem, ...where])
    return quick.query<Read>(`select * from (${all}) page where place <= ${most} order by place`, values)
  }
  let text: string
  if (parents === null) text = one(null)
  else if (parents.length <= SEEN_PARENTS)
    text = parents.map((parent) => `(${one(`$${values.push(parent)}`)})`).join(' union all ')
  else {
    const given = `unnest($${values.push(parents)}::text[]) as p (id)`
    text = `select page.* from ${given} cross join lateral (${one('p.id')}) page`
  }
  return (await pool.query<Read>(text, values)).rows
}

/** How many rows each parent has, in one statement. At the root the key is null. */
export async function countRows(
  db: Queryable,
  listing: Listing,
  conditions: readonly Condition[],
  parents: readonly string[] | null,
): Promise<Map<string | null, number>> {
  const values: unknown[] = []
  const where = conditionsOf(listing, conditions, values)
  if (listing.parent !== null) where.push(`${listing.parent} = any($${values.push(parents)}::text[])`)
  const text = `
    select ${listing.parent ?? 'null'} as id, count(*) as count from ${listing.from}
    ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
    ${listing.parent === null ? '' : 'group by 1'}`
  const { rows } = await db.query<{ id: string | null; count: number }>(text, values)
  return new Map(rows.map((row) => [row.id, row.count]))
}

function conditionsOf(listing: Pick<Listing, 'always'>, conditions: readonly Condition[], values: unknown[]): string[] {
  const all = conditions.flatMap((condition) => [condition, ...(condition.foundBy ?? [])])
  const given = all.map(({ sql, value }) => (sql.includes('?') ? sql.replaceAll('?', `$${values.push(value)}`) : sql))
  return listing.always === undefined ? given : [listing.always, ...given]
}

// A comparison of rows, which PostgreSQL answers from the index of the order; only where its columns are of one table.
function beyond(
  { type, unique }: Order,
  key: string[],
  { value, id }: Keyset,
  operator: '<' | '>',
  values: unknown[],
): string {
  if (unique) return `${key[0]} ${operator} $${values.push(value)}::${type}`
  return `(${key.join(', ')}) ${operator} ($${values.push(value)}::${type}, $${values.push(id)}::text)`
}
