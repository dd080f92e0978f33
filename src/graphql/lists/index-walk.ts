import { fromInOrderOf, selectedOf, type Condition, type Keyset, type Listing, type Page } from './listing.ts'
import type { PageStatement } from './page-statement.ts'

type Index = readonly string[]

/**
 * Returns a page as a walk along one of the list's indexes, from a position in it; null if no index holds the list
 * contiguously.
 *
 * It can be planned once for all values, since PostgreSQL may not sort there (db/quick-reads.ts). A generic plan takes
 * `directory_id = $1` for the average directory: if most are small, it would sort the one that is not. Between two
 * index positions there is nothing to sort. If a column of the index may have one of several values, each gets its own
 * walk: otherwise all the rows that come first may be deleted ones. `values`: the parameters of the statement so far.
 */
export function walkIndex(
  listing: Listing,
  page: Page,
  values: unknown[] = [],
): Pick<PageStatement, 'values' | 'pageOf'> | null {
  const index = listing.indexes?.find((columns) => holds(columns, listing, page))
  return index === undefined ? null : walkAlong(index, listing, page, values)
}

const columnAsked = ({ equals, among }: Condition): string => (equals ?? among)?.column ?? ''

function holds(index: Index, { parent, owner }: Listing, { conditions, order }: Page): boolean {
  const prefix = index.slice(0, -1)
  return (
    index.at(-1) === order.column &&
    (parent === null || prefix.includes(parent)) &&
    prefix.every((column) => column === parent || conditions.some((one) => columnAsked(one) === column)) &&
    conditions.every((one) => one.most || prefix.includes(columnAsked(one)) || isOwner(one, owner, prefix))
  )
}

/** Whether the condition names the owner of all the rows that the index holds contiguously. */
const isOwner = ({ equals }: Condition, owner: Listing['owner'], prefix: Index): boolean =>
  owner !== undefined && equals?.column === owner.of && prefix.includes(owner.column)

function walkAlong(
  index: Index,
  listing: Listing,
  page: Page,
  values: unknown[],
): Pick<PageStatement, 'values' | 'pageOf'> {
  const { order, after, before, backwards, limit } = page
  const prefix = index.slice(0, -1)
  const given = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const { at, first, each } = placesOf(prefix, listing, page.conditions, values)

  const key = order.unique ? [order.column] : [order.column, 'x.id']
  const columns = [...prefix, ...key].join(', ')
  const placeOf = ({ value, id }: Keyset) => [given(value, order.type), ...(order.unique ? [] : [given(id, 'text')])]
  const [behind, ahead] = order.descending ? (['<', '>'] as const) : (['>', '<'] as const)
  const bounds = { [behind]: after && placeOf(after), [ahead]: before && placeOf(before) }
  const limited = `limit ${given(limit, 'int')}`
  const direction = order.descending === backwards ? 'asc' : 'desc'
  const inOrder = (by: readonly string[]) => `order by ${by.map((column) => `${column} ${direction}`).join(', ')}`

  /** `start`: the values of the columns before the order's. */
  function walk(select: string, start: readonly string[]): string {
    const between = ['>', '<'].map((side) => {
      const place = bounds[side]
      if (place) return `(${columns}) ${side} (${[...start, ...place].join(', ')})`
      return prefix.length === 0 ? 'true' : `(${prefix.join(', ')}) ${side}= (${start.join(', ')})`
    })
    const asked = first.map((sqlOf) => sqlOf((column) => start[prefix.indexOf(column)]!))
    return `
    select ${select} from ${fromInOrderOf(listing, order)}
    where ${[...between, ...asked, ...each].join(' and ')} ${inOrder([...prefix, ...key])} ${limited}`
  }

  return {
    values,
    pageOf(parent, also = '') {
      const all = prefix.map((column) => at.get(column) ?? [parent!]) // see holds: the column is the parent's
      const starts = all.reduce<string[][]>(
        (some, own) => some.flatMap((start) => own.map((one) => [...start, one])),
        [[]],
      )
      const select = also + selectedOf(listing, page)
      if (starts.length === 1) return walk(select, starts[0]!)
      const walks = starts.map((start) => `(${walk('x.*', start)})`).join(' union all ')
      return `select ${select} from (${walks}) x ${inOrder(key)} ${limited}`
    },
  }
}

interface Places {
  /** The values of columns along the walk; the parent column's depends on the parent. */
  readonly at: ReadonlyMap<string, readonly string[]>
  /** Conditions on these values, checked before walking. */
  readonly first: readonly ((valueOf: (column: string) => string) => string)[]
  /** Conditions on each row. */
  readonly each: readonly string[]
}

function placesOf(prefix: Index, listing: Listing, conditions: readonly Condition[], values: unknown[]): Places {
  const { parent, owner, always } = listing
  const at = new Map<string, readonly string[]>()
  const first: Places['first'][number][] = []
  const each = always === undefined ? [] : [always]
  for (const one of conditions) {
    const { sql, value, equals, among } = one
    const asked = equals ?? among
    if (asked !== undefined && prefix.includes(asked.column)) {
      const { column, type } = asked
      const its = (among ? (value as unknown[]) : [value]).map((each) => `$${values.push(each)}::${type}`)
      if (column !== parent && !at.has(column)) at.set(column, its)
      else first.push((valueOf) => `${valueOf(column)} in (${its.join(', ')})`)
      continue
    }
    const its = value === undefined ? '' : `$${values.push(value)}`
    each.push(sql.replaceAll('?', its))
    // Otherwise a foreign owner would make it scan every row.
    if (owner !== undefined && isOwner(one, owner, prefix))
      first.push((valueOf) => `(${owner.sql.replaceAll('?', valueOf(owner.column))}) = ${its}`)
  }
  return { at, first, each }
}
