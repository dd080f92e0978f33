/** The columns of a table that is called `x`, by the fields of its model. */
export type Columns = Readonly<Record<string, string>>

/** As a list of SQL, in the names of the model. */
export function selectOf(columns: Columns, fields: readonly string[] = Object.keys(columns)): string {
  return fields.map((field) => `x.${columns[field]!} as "${field}"`).join(', ')
}

/**
 * Reads no more columns than some fields of GraphQL are made of. `madeOf` says of which; a field that it does not know
 * may be made of any, so that somebody who adds one need not know of this.
 */
export function columnsFor(
  columns: Columns,
  always: readonly string[],
  madeOf: Readonly<Record<string, readonly string[]>>,
) {
  const known = new WeakMap<ReadonlySet<string>, string>()
  return (asked: ReadonlySet<string>): string => {
    let select = known.get(asked)
    if (select !== undefined) return select
    const fields = new Set(always)
    for (const name of asked) {
      const needed = Object.hasOwn(madeOf, name) ? madeOf[name]! : Object.keys(columns)
      for (const field of needed) fields.add(field)
    }
    known.set(asked, (select = selectOf(columns, [...fields])))
    return select
  }
}
