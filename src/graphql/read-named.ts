import type { Database } from '../db/database.ts'
import type { Condition, Listing, Page } from './listing.ts'
import { whereNamed } from './naming.ts'
import { OWNER, organizationOf } from './own-rows.ts'
import { createPageStatement } from './page-statement.ts'

// So many are read and sorted before anybody notices.
const FEW = 500

/**
 * The rows of a page of those that another table names, where it names few: these are found by their ids, and not looked for
 * among all. Null where it names many, or where none is asked.
 */
export async function readNamed<Row extends object>(
  { quick }: Pick<Database, 'quick'>,
  listing: Listing,
  page: Page,
  parent: string | null,
): Promise<Row[] | null> {
  const [named, another] = page.conditions.filter(({ naming }) => naming !== undefined)
  if (named === undefined || another !== undefined) return null
  const others = page.conditions.filter((condition) => condition !== named)
  const ids = await readIds(quick, named, listing.parent === OWNER.of ? parent : organizationOf(others))
  if (ids.length > FEW) return null
  const conditions = [...others.map(({ sql, value }) => ({ sql, value })), { sql: 'x.id = any(?::text[])', value: ids }]
  const { values, pageOf } = createPageStatement({ ...listing, few: true }, { ...page, conditions })
  const text = pageOf(parent === null ? null : `$${values.push(parent)}::text`)
  return quick.query<Row>(text, values)
}

/** The first that are named, some of them several times. */
async function readIds(
  quick: Database['quick'],
  { naming, value }: Condition,
  organizationId: unknown,
): Promise<string[]> {
  const { table, column, organization } = naming!
  const values = organization === undefined || organizationId === null ? [value] : [value, organizationId]
  const where = whereNamed(naming!, '$1', values.length === 1 ? null : '$2')
  const text = `select ${column} as id from ${table} where ${where} limit ${FEW + 1}`
  const rows = await quick.query<{ id: string }>(text, values)
  return rows.map(({ id }) => id)
}
