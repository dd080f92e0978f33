import { idsFoundFirst } from './found-first.ts'
import { idsWorkedOut } from './ids-worked-out.ts'
import { conditionsOf, fromInOrderOf, selectedOf, type Keyset, type Listing, type Order, type Page } from './listing.ts'

/** The parts that statements for a page are built from. `values` holds their parameters so far. */
export interface PageStatement {
  readonly values: unknown[]
  readonly where: readonly string[]
  readonly inOrder: string
  /** `also`: additional columns, each followed by a comma. */
  readonly select: (also: string, conditions: readonly string[]) => string
  /** The page of the parent whose id is this expression; null at the root. */
  readonly pageOf: (parent: string | null, also?: string) => string
}

/** `values`: the parameters of the list's own SQL. */
export function createPageStatement(listing: Listing, page: Page, values: unknown[] = []): PageStatement {
  const { order, limit, backwards } = page
  const direction = order.descending === backwards ? 'asc' : 'desc'
  const key = order.unique ? [order.column] : [order.column, 'x.id']
  const searches = listing.joined ? [] : page.conditions.filter(({ foundBy = [] }) => foundBy.length > 0)
  const where = conditionsOf(
    listing,
    page.conditions.filter((condition) => !searches.includes(condition)),
    values,
  )
  const searched = conditionsOf(
    {},
    searches.map(({ sql, value }) => ({ sql, value })),
    values,
  )
  const found = conditionsOf({}, searches, values)
  for (const [keyset, forwards] of [
    [page.after, true],
    [page.before, false],
  ] as const) {
    if (keyset !== null) where.push(beyond(order, key, keyset, forwards === order.descending ? '<' : '>', values))
  }
  // If all rows are read and sorted anyway, the order is hidden from PostgreSQL, which would otherwise walk an index
  // over all parents.
  const sorted = listing.few ? key.map((column) => `coalesce(${column}, ${column})`) : key
  const inOrder = `order by ${sorted.map((column) => `${column} ${direction}`).join(', ')}`
  const { from, workedOut } = listing
  const fromInOrder = fromInOrderOf(listing, order)

  const select: PageStatement['select'] = (also, conditions) => `
    select ${also}${selectedOf(listing, page)}
    from ${searches.length === 0 ? fromInOrder : from}
    ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}`

  let most: string | null = null
  return {
    values,
    where,
    inOrder,
    select,
    pageOf(parent, also = '') {
      most ??= `$${values.push(limit)}`
      // Rows are worked out of a parent, never at the root.
      if (workedOut !== undefined) {
        const ids = idsWorkedOut({ ...workedOut, from, parent: parent!, where, inOrder, limit: most })
        return `${select(also, [`x.id = any(array(${ids}))`])} ${inOrder}`
      }
      const ofParent = parent === null ? [] : [`${listing.parent} = ${parent}`]
      const listed = [...ofParent, ...where]
      const pageWith = (conditions: readonly string[]) => `${select(also, conditions)} ${inOrder} limit ${most}`
      if (searches.length === 0) return pageWith(listed)
      const ids = idsFoundFirst({
        from,
        inOrder: fromInOrder,
        listed,
        found,
        searched,
        column: order.column,
        direction,
        limit: most,
      })
      return pageWith([...ofParent, `x.id = any(array(${ids}))`])
    },
  }
}

// A row comparison, which PostgreSQL answers from the order's index, but only if its columns belong to one table.
function beyond(
  { type, unique }: Order,
  key: string[],
  { value, id }: Keyset,
  operator: '<' | '>',
  values: unknown[],
): string {
  if (unique) return `${key[0]} ${operator} $${values.push(value)}::${type}`
  return `(${key.join(', ')}) ${operator} ($${values.push(value)}::${type}, $${values.push(id)}::text)`
}
