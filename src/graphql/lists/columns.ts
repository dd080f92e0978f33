/** The columns of a table aliased as `x`, by field of its model. */
export type Columns = Readonly<Record<string, string>>

/** Returns an SQL select list under the model's names. */
export function selectOf(columns: Columns, fields: readonly string[] = Object.keys(columns)): string {
  return fields.map((field) => `x.${columns[field]!} as "${field}"`).join(', ')
}

/**
 * Selects only the columns that some GraphQL fields need, according to `madeOf`. A field missing there selects all
 * columns, so that adding a field is safe without updating `madeOf`.
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
