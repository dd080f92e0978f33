import type { Condition } from './listing.ts'

/**
 * A table whose rows name others: `column` holds the named ids in rows that match `where`, in which `?` stands for a
 * value.
 */
export interface Naming {
  readonly table: string
  readonly column: string
  readonly where: string
  /** The order in which an index has those rows, so that only the first of them are read. */
  readonly inOrder: string
  /** The column with the owner of the named rows, if several organizations share a value. */
  readonly organization?: string
}

/** The condition that another table names the row. */
export function namedIn(naming: Naming, value: string): Condition {
  const { table, column, where } = naming
  return { sql: `x.id in (select ${column} from ${table} where ${where})`, value, naming }
}
