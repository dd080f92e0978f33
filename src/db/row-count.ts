import type { QueryResult } from 'pg'

/** How many rows a statement returned or wrote. Throws if it was of a kind that has no number of rows. */
export function rowCountOf({ rowCount, command }: QueryResult): number {
  if (rowCount === null) throw new Error(`${command} has no number of rows`)
  return rowCount
}
