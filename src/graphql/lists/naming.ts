import type { Condition } from './listing.ts'

/**
 * That rows of a table name others: the ids of these stand in `column` where `where`, in which `?` stands for a value.
 */
export interface Naming {
  readonly table: string
  readonly column: string
  readonly where: string
  /** In which order an index has those rows, so that the first of them are read and no others. */
  readonly inOrder: string
  /** The column that says whose the named are, where several organizations have the same value. */
  readonly organization?: string
}

/** That another table names the row. */
export function namedIn(naming: Naming, value: string): Condition {
  const { table, column, where } = naming
  return { sql: `x.id in (select ${column} from ${table} where ${where})`, value, naming }
}
