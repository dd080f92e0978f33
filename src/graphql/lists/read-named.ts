import type { Database } from '../../db/database.ts'
import type { Condition, Listing, Page } from './listing.ts'
import { OWNER, organizationOf } from '../own-rows.ts'
import { createPageStatement } from './page-statement.ts'

// This many rows are read by id and sorted in a millisecond or two.
const MOST_NAMED = 500

/**
 * Reads a page of rows that another table names, if it names few: they are found by id instead of being searched for
 * among all. Returns null if it names many, or if no condition names rows.
 */
export async function readNamed<Row extends object>(
  { quick }: Pick<Database, 'quick'>,
  listing: Listing,
  page: Page,
  parent: string | null,
): Promise<Row[] | null> {
  const [named, another] = page.conditions.filter(({ naming }) => naming !== undefined)
  // With two naming conditions, the second would have to be evaluated in full.
  if (named === undefined || another !== undefined || listing.joined) return null
  const others = page.conditions.filter((condition) => condition !== named).map(({ sql, value }) => ({ sql, value }))
  const organizationId = listing.parent === OWNER.of ? parent : organizationOf(page.conditions)
  const ids = await readIds(quick, named, organizationId)
  if (ids.length > MOST_NAMED) return null
  // Separated from the other conditions: with a generic plan, PostgreSQL takes an organization for an average one and
  // would search its whole index range for the ids.
  const from = `(select x.* from ${listing.from} where x.id = any($1::text[]) offset 0) x`
  const { values, pageOf } = createPageStatement({ ...listing, from }, { ...page, conditions: others }, [ids])
  const text = pageOf(parent === null ? null : `$${values.push(parent)}::text`)
  return quick.query<Row>(text, values)
}

/** Returns the first named ids, possibly with duplicates. */
async function readIds(
  quick: Database['quick'],
  { naming, value }: Condition,
  organizationId: unknown,
): Promise<string[]> {
  const { table, column, where, inOrder, organization } = naming!
  const values = [value]
  const conditions = [where.replaceAll('?', '$1')]
  if (organization !== undefined && organizationId !== null)
    conditions.push(`${organization} = $${values.push(organizationId)}`)
  const text = `
    select ${column} as named from ${table} where ${conditions.join(' and ')} order by ${inOrder} limit ${MOST_NAMED + 1}`
  const rows = await quick.query<{ named: string }>(text, values)
  return rows.map(({ named }) => named)
}
