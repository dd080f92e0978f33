import { selectedOf, type Condition, type Listing, type Page } from './listing.ts'

const LOWEST = { text: '', timestamptz: '-infinity', bigint: '-9223372036854775808' }

/**
 * A page as a walk along one of the list's indexes, from a place in it; null where no index holds the list side by side.
 *
 * It can be planned once for all values. Planned so, `directory_id = $1` is taken for the average directory: where most are small,
 * PostgreSQL would sort the one that is not. It knows nothing of how many rows lie between two places, takes them for many,
 * and walks. For the same reason what is left to look at is hidden from it: it would take another index, and sort.
 */
export function walkIndex(
  listing: Listing,
  page: Page,
  parent: Condition | null,
): { text: string; values: unknown[] } | null {
  const { order, after, limit } = page
  if (listing.indexes === undefined || order.descending || page.backwards || page.before !== null) return null
  const conditions = parent === null ? page.conditions : [parent, ...page.conditions]
  const equal = (column: string) => conditions.find(({ equals }) => equals?.column === column)
  const index = listing.indexes.find(
    (columns) => columns.at(-1) === order.column && columns.slice(0, -1).every((column) => equal(column) !== undefined),
  )
  const prefix = index?.slice(0, -1).map((column) => equal(column)!)
  const isSaid = ({ equals, value }: Condition) =>
    prefix?.some((one) => one.equals!.column === equals?.column && one.value === value) === true
  const others = conditions.filter((one) => !isSaid(one))
  const owned = prefix?.find(({ equals }) => equals!.column === listing.owner?.column)
  const isOwner = ({ equals }: Condition) => owned !== undefined && equals?.column === listing.owner!.of
  if (prefix === undefined || !others.every((one) => one.most || isOwner(one))) return null

  const values: unknown[] = []
  const given = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const shared = prefix.map(({ value, equals }) => given(value, equals!.type))
  const place = [...shared, given(after?.value ?? LOWEST[order.type], order.type), given(after?.id ?? '', 'text')]
  const columns = [...index!, 'x.id'].join(', ')
  const where = [`(${columns}) > (${place.join(', ')})`]
  if (shared.length > 0) where.push(`(${index!.slice(0, -1).join(', ')}) <= (${shared.join(', ')})`)
  for (const one of others) {
    const value = one.value === undefined ? '' : `$${values.push(one.value)}`
    where.push(`case when ${one.sql.replaceAll('?', value)} then true else false end`)
    // Once, before the walk: of somebody else's it would go through every row.
    if (isOwner(one)) where.push(`(${listing.owner!.sql.replaceAll('?', shared[prefix.indexOf(owned!)]!)}) = ${value}`)
  }
  if (listing.always !== undefined) where.push(listing.always)
  // A limit that it does not see, PostgreSQL would take for a tenth of the list.
  const text = `
    select ${selectedOf(listing, page)}
    from ${listing.from} where ${where.join(' and ')} order by ${columns} limit ${limit}`
  return { text, values }
}
