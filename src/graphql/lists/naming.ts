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

/** A condition that another table names the row. */
export type NamingCondition = Condition & { readonly naming: Naming }

/** The condition that another table names the row. */
export function namedIn(naming: Naming, value: string): Condition {
  const { table, column, where } = naming
  return { sql: `x.id in (select ${column} from ${table} where ${where})`, value, naming }
}

/**
 * The same condition, asked of each row by itself: PostgreSQL cannot turn it around and evaluate what the other table
 * names in full.
 */
export function askedOfEach({ naming, value }: NamingCondition): Condition {
  const { table, column, where } = naming
  return { sql: `(select true from ${table} n where n.${column} = x.id and ${where} limit 1)`, value }
}

export const isNaming = (condition: Condition): condition is NamingCondition => condition.naming !== undefined
