import type { QueryResult, QueryResultRow } from 'pg'

/** The row of a statement that always returns one. Throws if it did not, and names the statement by its columns. */
export function onlyRow<Row extends QueryResultRow>({ rows, command, fields }: QueryResult<Row>): Row {
  const [row] = rows
  if (row === undefined || rows.length > 1) {
    const columns = fields.map(({ name }) => name).join(', ')
    throw new Error(`${command} of ${columns} returned ${rows.length} rows instead of one`)
  }
  return row
}
