import { selectedOf, type Condition, type Keyset, type Listing, type Page } from './listing.ts'
import type { PageStatement } from './page-statement.ts'

type Index = readonly string[]

/**
 * A page as a walk along one of the list's indexes, from a place in it; null where no index holds the list side by side.
 *
 * It can be planned once for all values, where PostgreSQL may not sort (db/quick-reads.ts). Planned so, it takes `directory_id = $1` for
 * the average directory: where most are small, it would sort the one that is not. Between two places there is nothing to sort.
 * Where a column of the index has one of several values, there is a walk for each: whoever is deleted may be all that come first.
 */
export function walkIndex(listing: Listing, page: Page): Pick<PageStatement, 'values' | 'pageOf'> | null {
  const index = listing.indexes?.find((columns) => holds(columns, listing, page))
  return index === undefined ? null : walkAlong(index, listing, page)
}

const columnOf = ({ equals, among }: Condition): string => (equals ?? among)?.column ?? ''

function holds(index: Index, { parent, owner }: Listing, { conditions, order }: Page): boolean {
  const prefix = index.slice(0, -1)
  return (
    index.at(-1) === order.column &&
    (parent === null || prefix.includes(parent)) &&
    prefix.every((column) => column === parent || conditions.some((one) => columnOf(one) === column)) &&
    conditions.every((one) => one.most || prefix.includes(columnOf(one)) || isOwner(one, owner, prefix))
  )
}

/** Whether it says whose all of the rows are that the index holds side by side. */
const isOwner = ({ equals }: Condition, owner: Listing['owner'], prefix: Index): boolean =>
  owner !== undefined && equals?.column === owner.of && prefix.includes(owner.column)

function walkAlong(index: Index, listing: Listing, page: Page): Pick<PageStatement, 'values' | 'pageOf'> {
  const { conditions, order, after, before, backwards, limit } = page
  const { from, parent, owner, always } = listing
  const prefix = index.slice(0, -1)
  const values: unknown[] = []
  const given = (value: unknown, type: string) => `$${values.push(value)}::${type}`

  /** What the columns have where it walks. */
  const at = new Map<string, readonly string[]>()
  /** What is asked of these before there is anything to walk. */
  const first: ((valueOf: (column: string) => string) => string)[] = []
  const each = always === undefined ? [] : [always]
  for (const one of conditions) {
    const { sql, value, equals, among } = one
    const column = columnOf(one)
    if (!prefix.includes(column)) {
      const its = value === undefined ? '' : `$${values.push(value)}`
      each.push(sql.replaceAll('?', its))
      // Of somebody else's it would go through every row.
      if (isOwner(one, owner, prefix))
        first.push((valueOf) => `(${owner!.sql.replaceAll('?', valueOf(owner!.column))}) = ${its}`)
    } else if (column === parent || at.has(column)) {
      const its = equals ? [given(value, equals.type)] : (value as unknown[]).map((one) => given(one, among!.type))
      first.push((valueOf) => `${valueOf(column)} in (${its.join(', ')})`)
    } else
      at.set(column, equals ? [given(value, equals.type)] : (value as unknown[]).map((one) => given(one, among!.type)))
  }

  const key = order.unique ? [order.column] : [order.column, 'x.id']
  const columns = [...prefix, ...key].join(', ')
  const placeOf = ({ value, id }: Keyset) => [given(value, order.type), ...(order.unique ? [] : [given(id, 'text')])]
  const [behind, ahead] = order.descending ? (['<', '>'] as const) : (['>', '<'] as const)
  const bounds = { [behind]: after && placeOf(after), [ahead]: before && placeOf(before) }
  const limited = `limit ${given(limit, 'int')}`
  const direction = order.descending === backwards ? 'asc' : 'desc'
  const inOrder = (by: readonly string[]) => `order by ${by.map((column) => `${column} ${direction}`).join(', ')}`

  /** From where all columns before the order's have these values. */
  function walk(select: string, start: readonly string[]): string {
    const where = ['>', '<'].map((side) => {
      const place = bounds[side]
      if (place) return `(${columns}) ${side} (${[...start, ...place].join(', ')})`
      return prefix.length === 0 ? 'true' : `(${prefix.join(', ')}) ${side}= (${start.join(', ')})`
    })
    const asked = first.map((sqlOf) => sqlOf((column) => start[prefix.indexOf(column)]!))
    return `
    select ${select} from ${from}
    where ${[...where, ...asked, ...each].join(' and ')} ${inOrder([...prefix, ...key])} ${limited}`
  }

  return {
    values,
    pageOf(ofParent, also = '') {
      const starts = prefix.reduce<string[][]>(
        (starts, column) =>
          starts.flatMap((start) => (at.get(column) ?? [ofParent!]).map((value) => [...start, value])),
        [[]],
      )
      const select = also + selectedOf(listing, page)
      if (starts.length === 1) return walk(select, starts[0]!)
      const walks = starts.map((start) => `(${walk('x.*', start)})`).join(' union all ')
      return `select ${select} from (${walks}) x ${inOrder(key)} ${limited}`
    },
  }
}
