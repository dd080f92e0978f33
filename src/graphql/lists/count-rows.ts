import type { Queryable } from '../../db/database.ts'
import { conditionsOf, type Condition, type Listing } from './listing.ts'

/** Counts the rows of each parent in one statement. At the root the key is null. */
export async function countRows(
  db: Queryable,
  listing: Listing,
  conditions: readonly Condition[],
  parents: readonly string[] | null,
): Promise<Map<string | null, number>> {
  const values: unknown[] = []
  const where = ofOwner(listing, conditions, values)
  if (listing.parent !== null) where.push(`${listing.parent} = any($${values.push(parents)}::text[])`)
  const from = conditions.length === 0 ? (listing.fromAlone ?? listing.from) : listing.from
  const text = `
    select ${listing.parent ?? 'null'} as id, count(${listing.counted ?? '*'}) as count from ${from}
    ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
    ${listing.parent === null ? '' : 'group by 1'}`
  const isFrequent = listing.passing !== true && conditions.every(({ equals, most }) => equals !== undefined || most)
  const statement = isFrequent ? { name: nameOf(text), text, values } : { text, values }
  const { rows } = await db.query<{ id: string | null; count: number }>(statement)
  return new Map(rows.map((row) => [row.id, row.count]))
}

// All rows of a directory have the same owner, so it is checked once rather than per row; an index-only scan can then
// count the rows.
function ofOwner(listing: Listing, conditions: readonly Condition[], values: unknown[]): string[] {
  const { owner } = listing
  const said = (column: string) => conditions.find(({ equals }) => equals?.column === column)
  const within = owner && said(owner.column)
  const owned = owner && said(owner.of)
  if (within === undefined || owned === undefined) return conditionsOf(listing, conditions, values)
  const others = conditions.filter((one) => one !== owned)
  const asked = owner!.sql.replaceAll('?', `$${values.push(within.value)}`)
  return [`(${asked}) = $${values.push(owned.value)}`, ...conditionsOf(listing, others, values)]
}

// Few distinct texts occur. Planning one takes longer than counting the rows of most directories.
const names = new Map<string, string>()

function nameOf(text: string): string {
  const name = names.get(text) ?? `count-${names.size}`
  names.set(text, name)
  return name
}
