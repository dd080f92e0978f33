// Descriptions of lists and of requests for their pages.
import type { Naming } from './naming.ts'

/** A list that belongs to one kind of parent, or, at the root, to the viewer. */
export interface Listing {
  /** `from` and the joins; the listed table is aliased as `x`. */
  readonly from: string
  /** Replaces `from` where the list is walked in the order of the given column, whose index is on another table. */
  readonly fromInOrder?: Readonly<Record<string, string>>
  /** Replaces `from` if no condition involves `x` itself. */
  readonly fromAlone?: string
  /** The columns of `x` under their model's names. */
  readonly columns: string
  /** Returns the columns that some GraphQL fields need; absent if all are always read. */
  readonly columnsFor?: (fields: ReadonlySet<string>) => string
  /** The expression for the parent's id of an `x`; null at the root. Not evaluated where rows are worked out. */
  readonly parent: string | null
  /** Whether its rows are named by another table, which is then the one that is walked. */
  readonly joined?: true
  /**
   * Set if which rows a parent has is worked out first, from what `parent` does not tell: as of a moment of the log, so
   * that each text occurs once, and no statement is prepared.
   */
  readonly workedOut?: WorkedOut
  /** A condition that every listed row fulfils. */
  readonly always?: string
  /** What is counted of the rows; absent: each of them. */
  readonly counted?: string
  /** The field that names the directory an entry mirrors a part of; absent if it mirrors none. */
  readonly mirrors?: 'id' | 'directoryId'
  /**
   * Whether every change of which rows it has is recorded (answers/cacheable-fields): their number is then kept until
   * one is.
   */
  readonly logged?: true
  /**
   * The columns of indexes, each up to the one that it orders by; the id follows that one unless its values are unique.
   * The most selective index comes first. Absent if pages are planned each time.
   */
  readonly indexes?: readonly (readonly string[])[]
  /** All rows with the same `column` have the same `of`, which `sql` looks up. */
  readonly owner?: { readonly column: string; readonly of: string; readonly sql: string }
  /**
   * Each parent has few rows and no index has the list's order: all are read and sorted anyway, for several parents at
   * once.
   */
  readonly few?: true
}

/** SQL in which `?` stands for a parent's id, and which refers to no other conditions. */
export interface WorkedOut {
  /** The ids of all rows of the parent. */
  readonly all: string
  /** Those among `next x`, the next rows in the order of the list, whoever's they are. Absent if `all` is quick. */
  readonly near?: string
}

/** The order of a list: a non-null column, with the id as tie-breaker. */
export interface Order {
  /** The order's name in cursors, so that a cursor cannot be used with another order. */
  readonly name: string
  readonly column: string
  readonly type: 'text' | 'timestamptz' | 'bigint'
  readonly descending: boolean
  /** Whether values are unique: then no tie-breaker is needed, and the index need not include the id. */
  readonly unique?: true
}

/** An SQL condition in which `?` stands for the value. */
export interface Condition {
  readonly sql: string
  readonly value?: unknown
  /** Set if it compares a column with the value. */
  readonly equals?: { readonly column: string; readonly type: string }
  /** Set if it compares a column with several values. */
  readonly among?: { readonly column: string; readonly type: string }
  /** Nearly all rows that the other conditions leave fulfil it, so a walk skips few. */
  readonly most?: true
  /** Conditions by which an index finds these rows, and some others, in no order. */
  readonly foundBy?: readonly Condition[]
  /** Set if another table names the row. */
  readonly naming?: Naming
}

export function equal(column: string, type: string, value: string): Condition {
  return { sql: `${column} = ?::${type}`, value, equals: { column, type } }
}

/**
 * The condition that a column has one of the values. A single value is compared directly, so that the index keeps the
 * order of its later columns.
 */
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
  /** Set if not all of the list's columns are needed. */
  readonly columns?: string | undefined
  /** Whether no cursor is selected: rows then have no `sortKey`. */
  readonly placeless?: boolean
  readonly conditions: readonly Condition[]
  readonly order: Order
  readonly after: Keyset | null
  readonly before: Keyset | null
  readonly limit: number
  /** Whether to read from the end of the list. */
  readonly backwards: boolean
}

/** `sortKey`: the value of the order's column, as formatted by PostgreSQL. */
export type Row<Model> = Model & { readonly sortKey: string }

export const fromInOrderOf = ({ from, fromInOrder }: Listing, { column }: Order): string =>
  fromInOrder?.[column] ?? from

/** Returns the columns of a page's rows. */
export const selectedOf = (listing: Listing, { placeless, order, columns = listing.columns }: Page): string =>
  placeless === true ? columns : `${order.column}::text as "sortKey", ${columns}`

/** Returns a key that is unique to this page of this list. Computed for each parent, so it must be cheap. */
export function keyOf({ from, parent, always, workedOut }: Listing, page: Page): string {
  const { columns, placeless, conditions, order, after, before, limit, backwards } = page
  const given = conditions.length + (after === null ? 0 : 1) + (before === null ? 0 : 1)
  const values = given === 0 ? '' : JSON.stringify([conditions, after, before])
  return `${from}\n${parent}\n${always}\n${workedOut?.all}\n${columns} ${placeless}\n${order.name} ${limit} ${backwards} ${values}`
}

/** Returns the list's conditions as SQL and appends their values to `values`. */
export function conditionsOf(
  listing: Pick<Listing, 'always'>,
  conditions: readonly Condition[],
  values: unknown[],
): string[] {
  const all = conditions.flatMap((condition) => [condition, ...(condition.foundBy ?? [])])
  const given = all.map(({ sql, value }) => (sql.includes('?') ? sql.replaceAll('?', `$${values.push(value)}`) : sql))
  return listing.always === undefined ? given : [listing.always, ...given]
}
