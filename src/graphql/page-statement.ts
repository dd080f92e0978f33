import { idsNamed, idsSearched, type SoughtPage } from './found-first.ts'
import {
  conditionsOf,
  selectedOf,
  type Condition,
  type Keyset,
  type Listing,
  type Order,
  type Page,
} from './listing.ts'
import { whereNamed } from './naming.ts'
import { OWNER, organizationOf } from './own-rows.ts'

/** The parts of which statements for a page are put together. `values` are those that they have so far. */
export interface PageStatement {
  readonly values: unknown[]
  readonly where: readonly string[]
  readonly inOrder: string
  /** `also`: further columns, each with a comma behind it. */
  readonly select: (also: string, conditions: readonly string[]) => string
  /** The page of a parent, whose id is this expression; null at the root. */
  readonly pageOf: (parent: string | null, also?: string) => string
}

export function createPageStatement(listing: Listing, page: Page): PageStatement {
  const values: unknown[] = []
  const { order, limit, backwards } = page
  const direction = order.descending === backwards ? 'asc' : 'desc'
  const key = order.unique ? [order.column] : [order.column, 'x.id']
  const sought = soughtOf(listing, page)
  const others = page.conditions.filter((condition) => !sought.includes(condition))
  const where = conditionsOf(listing, others, values)
  const idsOf = sought.length === 0 ? null : findIds(listing, sought, others, values)
  for (const [keyset, forwards] of [
    [page.after, true],
    [page.before, false],
  ] as const) {
    if (keyset !== null) where.push(beyond(order, key, keyset, forwards === order.descending ? '<' : '>', values))
  }
  // Of what is read as a whole and sorted anyway, the order is hidden from PostgreSQL: it would walk along an index of all parents'.
  const sorted = listing.few ? key.map((column) => `coalesce(${column}, ${column})`) : key
  const inOrder = `order by ${sorted.map((column) => `${column} ${direction}`).join(', ')}`
  const { from } = listing

  const select: PageStatement['select'] = (also, conditions) => `
    select ${also}${selectedOf(listing, page)}
    from ${from}
    ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}`

  let most: string | null = null
  return {
    values,
    where,
    inOrder,
    select,
    pageOf(parent, also = '') {
      most ??= `$${values.push(limit)}`
      const ofParent = parent === null ? [] : [`${listing.parent} = ${parent}`]
      const listed = [...ofParent, ...where]
      const ids = idsOf?.({ from, listed, column: order.column, direction, limit: most }, parent)
      const conditions = ids === undefined ? listed : [...ofParent, `x.id = any(array(${ids}))`]
      return `${select(also, conditions)} ${inOrder} limit ${most}`
    },
  }
}

/** The conditions whose rows are found before they are put in order: what is searched for, or else what another table names. */
function soughtOf({ joined }: Listing, { conditions }: Page): readonly Condition[] {
  if (joined) return []
  const searches = conditions.filter(({ foundBy = [] }) => foundBy.length > 0)
  return searches.length > 0 ? searches : conditions.filter(({ naming }) => naming !== undefined).slice(0, 1)
}

type FindIds = (page: SoughtPage, parent: string | null) => string

function findIds(
  listing: Listing,
  sought: readonly Condition[],
  others: readonly Condition[],
  values: unknown[],
): FindIds {
  const [{ naming, value }] = sought as [Condition]
  if (naming === undefined) {
    const exact = sought.map(({ sql, value }) => ({ sql, value }))
    const [searched, found] = [conditionsOf({}, exact, values), conditionsOf({}, sought, values)]
    return (page) => idsSearched(page, searched, found)
  }
  const given = `$${values.push(value)}`
  const { organization } = naming
  if (organization !== undefined && listing.parent === OWNER.of)
    return (page, parent) => idsNamed(page, naming, whereNamed(naming, given, parent))
  const owner = organization === undefined ? null : organizationOf(others)
  const where = whereNamed(naming, given, owner === null ? null : `$${values.push(owner)}`)
  return (page) => idsNamed(page, naming, where)
}

// A comparison of rows, which PostgreSQL answers from the index of the order; only where its columns are of one table.
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
