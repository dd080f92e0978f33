// What a list is, and what is asked of it.
import type { Naming } from './naming.ts'

/** A list as one kind of parent has it, or, at the root, as the viewer has it. */
export interface Listing {
  /** `from` and the joins; the listed table is `x`. */
  readonly from: string
  /**
   * What stands in its place where the list is in the order of a column, by that column: another table has the index.
   */
  readonly fromInOrder?: Readonly<Record<string, string>>
  /** What suffices in its place where nothing is asked of `x` itself. */
  readonly fromAlone?: string
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
   * The columns of indexes, each up to the one that it orders by: behind that stands the id, unless its values are
   * unique. Those first that leave the fewest rows between the first and the last of a list. Absent where pages are
   * planned each time.
   */
  readonly indexes?: readonly (readonly string[])[]
  /** All rows with the same value of the first column have the same value of the second: `sql` asks which. */
  readonly owner?: { readonly column: string; readonly of: string; readonly sql: string }
  /**
   * A parent has few, and no index has them in the list's order: all are read and sorted anyway, those of several
   * parents at once.
   */
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
  /** Where it says that a column has one of the values, of which there are several. */
  readonly among?: { readonly column: string; readonly type: string }
  /** Nearly all rows have it that the other conditions leave: who walks over those that have not, does not walk far. */
  readonly most?: true
  /** What an index finds these rows by, and some others, in no order. */
  readonly foundBy?: readonly Condition[]
  /** Where it says that another table names the row. */
  readonly naming?: Naming
}

export function equal(column: string, type: string, value: string): Condition {
  return { sql: `${column} = ?::${type}`, value, equals: { column, type } }
}

/** That a column has one of the values. A single one is compared as such: then the index keeps the order behind it. */
export function oneOf(column: string, type: string, given: readonly string[]): Condition {
  const values = [...new Set(given)]
  if (values.length === 1) return equal(column, type, values[0]!)
  return { sql: `${column} = any(?::${type}[])`, value: values, ...(values.length > 1 && { among: { column, type } }) }
}

export interface Keyset {
  readonly value: string
  readonly id: string
}

export interface Page {
  /** Where not all of the list's are needed. */
  readonly columns?: string | undefined
  /** Whether nobody asks where its rows stand: then they come without `sortKey`. */
  readonly placeless?: boolean
  readonly conditions: readonly Condition[]
  readonly order: Order
  readonly after: Keyset | null
  readonly before: Keyset | null
  readonly limit: number
  /** From the end of the list. */
  readonly backwards: boolean
}

/** `sortKey`: the value of the order's column, as PostgreSQL writes it. */
export type Row<Model> = Model & { readonly sortKey: string }

/** The columns of a page's rows. */
export const selectedOf = (listing: Listing, { placeless, order, columns = listing.columns }: Page): string =>
  placeless === true ? columns : `${order.column}::text as "sortKey", ${columns}`

/** The same text for the same page of the same list, and for no other. Made for each parent: it must not cost much. */
export function keyOf({ from, parent, always }: Listing, page: Page): string {
  const { columns, placeless, conditions, order, after, before, limit, backwards } = page
  const given = conditions.length + (after === null ? 0 : 1) + (before === null ? 0 : 1)
  const values = given === 0 ? '' : JSON.stringify([conditions, after, before])
  return `${from}\n${parent}\n${always}\n${columns} ${placeless}\n${order.name} ${limit} ${backwards} ${values}`
}

/** What rows of the list fulfil besides, with the values put behind the others. */
export function conditionsOf(
  listing: Pick<Listing, 'always'>,
  conditions: readonly Condition[],
  values: unknown[],
): string[] {
  const all = conditions.flatMap((condition) => [condition, ...(condition.foundBy ?? [])])
  const given = all.map(({ sql, value }) => (sql.includes('?') ? sql.replaceAll('?', `$${values.push(value)}`) : sql))
  return listing.always === undefined ? given : [listing.always, ...given]
}
