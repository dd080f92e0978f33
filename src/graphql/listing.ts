// Lists as SQL: keyset pages, in one statement for all the parents that want the same page.
import type { Queryable } from '../db/database.ts'

/** A list as one kind of parent has it, or, at the root, as the viewer has it. */
export interface Listing {
  /** `from` and the joins; the listed table is `x`. */
  readonly from: string
  /** The columns of `x` in the names of its model. */
  readonly columns: string
  /** Of which parent an `x` is: compared with the parents' ids. Null at the root. */
  readonly parent: string | null
  /** What is never listed. */
  readonly always?: string
  /** Which field of an entry names the directory that it mirrors a part of; absent where it mirrors none. */
  readonly mirrors?: 'id' | 'directoryId'
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
}

/** That a column has one of the values. A single one is compared as such: then the index keeps the order behind it. */
export function oneOf(column: string, type: string, values: readonly string[]): Condition {
  if (values.length === 1) return { sql: `${column} = ?::${type}`, value: values[0] }
  return { sql: `${column} = any(?::${type}[])`, value: values }
}

export interface Keyset {
  readonly value: string
  readonly id: string
}

export interface Page {
  readonly conditions: readonly Condition[]
  readonly order: Order
  readonly after: Keyset | null
  readonly before: Keyset | null
  readonly limit: number
  /** From the end of the list. */
  readonly backwards: boolean
}

export type Row<Model> = Model & { readonly parentId: string | null; readonly sortKey: string }

// Planned for a parent whose id it sees, a statement follows the index of the order; for parents that it does not see,
// PostgreSQL reckons with the average, and would sort a large one as a whole. More parents would take too long to plan.
const SEEN_PARENTS = 4

/** Up to `limit` rows of each parent, in the list's order, in one statement. `parents` is null at the root. */
export async function readPages<Model>(
  db: Queryable,
  listing: Listing,
  page: Page,
  parents: readonly string[] | null,
): Promise<Row<Model>[]> {
  const values: unknown[] = []
  const { order, limit, backwards } = page
  const direction = order.descending === backwards ? 'asc' : 'desc'
  const key = order.unique ? [order.column] : [order.column, 'x.id']
  const where = conditionsOf(listing, page.conditions, values)
  for (const [keyset, forwards] of [
    [page.after, true],
    [page.before, false],
  ] as const) {
    if (keyset !== null) where.push(beyond(order, key, keyset, forwards === order.descending ? '<' : '>', values))
  }
  const most = `$${values.push(limit)}`
  const select = (parent: string | null) => {
    const all = parent === null ? where : [`${listing.parent} = ${parent}`, ...where]
    return `
    select ${parent}::text as "parentId", ${order.column}::text as "sortKey", ${listing.columns}
    from ${listing.from}
    ${all.length === 0 ? '' : `where ${all.join(' and ')}`}
    order by ${key.map((column) => `${column} ${direction}`).join(', ')}
    limit ${most}`
  }
  let text: string
  if (parents === null) text = select(null)
  else if (parents.length <= SEEN_PARENTS)
    text = parents.map((parent) => `(${select(`$${values.push(parent)}`)})`).join(' union all ')
  else {
    const given = `unnest($${values.push(parents)}::text[]) as p (id)`
    text = `select page.* from ${given} cross join lateral (${select('p.id')}) page`
  }
  return (await db.query<Row<Model> & object>(text, values)).rows
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

function conditionsOf(listing: Listing, conditions: readonly Condition[], values: unknown[]): string[] {
  const given = conditions.map(({ sql, value }) =>
    sql.includes('?') ? sql.replaceAll('?', `$${values.push(value)}`) : sql,
  )
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
