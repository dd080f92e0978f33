import type { Queryable } from '../../db/database.ts'
import { conditionsOf, type Condition, type Listing } from './listing.ts'

/** How many rows each parent has, in one statement. At the root the key is null. */
export async function countRows(
  db: Queryable,
  listing: Listing,
  conditions: readonly Condition[],
  parents: readonly string[] | null,
): Promise<Map<string | null, number>> {
  const values: unknown[] = []
  const where = [...ofOwner(listing, conditions, values)]
  if (listing.parent !== null) where.push(`${listing.parent} = any($${values.push(parents)}::text[])`)
  const from = conditions.length === 0 ? (listing.fromAlone ?? listing.from) : listing.from
  const text = `
    select ${listing.parent ?? 'null'} as id, count(*) as count from ${from}
    ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
    ${listing.parent === null ? '' : 'group by 1'}`
  const isFrequent = conditions.every(({ equals, most }) => equals !== undefined || most)
  const statement = isFrequent ? { name: nameOf(text), text, values } : { text, values }
  const { rows } = await db.query<{ id: string | null; count: number }>(statement)
  return new Map(rows.map((row) => [row.id, row.count]))
}

// Whose all rows of a directory are is asked once, and not of each row: an index suffices for counting the others.
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

// There are few texts of conditions that are asked so. To plan one takes longer than to count what most directories
// have.
const names = new Map<string, string>()

function nameOf(text: string): string {
  const name = names.get(text) ?? `count-${names.size}`
  names.set(text, name)
  return name
}
