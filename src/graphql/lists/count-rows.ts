import type { Queryable } from '../../db/database.ts'
import { organizationOf } from '../own-rows.ts'
import { conditionsOf, type Condition, type Listing } from './listing.ts'

/** Counts the rows of each parent in one statement. At the root the key is null. */
export async function countRows(
  db: Queryable,
  listing: Listing,
  conditions: readonly Condition[],
  parents: readonly string[] | null,
): Promise<Map<string | null, number>> {
  const values: unknown[] = []
  const [named, another] = conditions.filter(({ naming }) => naming !== undefined && !listing.joined)
  const isNamed = named !== undefined && another === undefined
  const others = isNamed ? conditions.filter((one) => one !== named) : conditions
  const where = [...ofOwner(listing, others, values)]
  if (listing.parent !== null) where.push(`${listing.parent} = any($${values.push(parents)}::text[])`)
  const list = conditions.length === 0 ? (listing.fromAlone ?? listing.from) : listing.from
  const from = isNamed ? `${namedOnce(named, conditions, values)} join ${list} on x.id = named.id` : list
  const text = `
    select ${listing.parent ?? 'null'} as id, count(${listing.counted ?? '*'}) as count from ${from}
    ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
    ${listing.parent === null ? '' : 'group by 1'}`
  const isFrequent = conditions.every(({ equals, most }) => equals !== undefined || most)
  const statement = isFrequent ? { name: nameOf(text), text, values } : { text, values }
  const { rows } = await db.query<{ id: string | null; count: number }>(statement)
  return new Map(rows.map((row) => [row.id, row.count]))
}

// Each named row once and before it is looked up: otherwise all accounts may be asked whether they are named.
function namedOnce({ naming, value }: Condition, conditions: readonly Condition[], values: unknown[]): string {
  const { table, column, where, organization } = naming!
  const owner = organizationOf(conditions)
  const own = organization === undefined || owner === null ? '' : `and ${organization} = $${values.push(owner)}`
  return `(select distinct ${column} as id from ${table} where ${where.replaceAll('?', `$${values.push(value)}`)} ${own}) named`
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
