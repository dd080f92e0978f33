import type { GraphQLResolveInfo } from 'graphql'
import { textFault } from '../directory/text-fault.ts'
import { askedOfEntries } from './asked-of-entries.ts'
import { ValidationError } from './errors.ts'
import type { Context } from './context.ts'
import type { Connection } from './connection-type.ts'
import type { Condition, Keyset, Listing, Order, Page, Row } from './listing.ts'
import type { Loaders } from './loaders.ts'
import { noteDirectories } from './note-directories.ts'

export const DEFAULT_PAGE = 25
export const LARGEST_PAGE = 100

export interface ConnectionArguments {
  readonly first?: number | null | undefined
  readonly last?: number | null | undefined
  readonly after?: string | null | undefined
  readonly before?: string | null | undefined
}

/** How many entries are asked for, and from which end. Throws ValidationError, which names the argument. */
export function readPageSize({ first, last }: ConnectionArguments): { size: number; backwards: boolean } {
  if (first != null && last != null)
    throw new ValidationError({ path: ['last'], message: 'must not be given together with first' })
  const [name, size] = last == null ? (['first', first ?? DEFAULT_PAGE] as const) : (['last', last] as const)
  if (size < 1 || size > LARGEST_PAGE)
    throw new ValidationError({ path: [name], message: `must be 1 to ${LARGEST_PAGE}` })
  return { size, backwards: name === 'last' }
}

/** What a page costs: as often what stands inside it as the page has entries. */
export function pageCost({ first, last }: ConnectionArguments): { field: number; multiplier: number } {
  return { field: 1, multiplier: Math.max(1, Math.min(LARGEST_PAGE, last ?? first ?? DEFAULT_PAGE)) }
}

export interface ListRequest {
  readonly listing: Listing
  /** What is asked of the entries; without it, anything may be. */
  readonly info?: GraphQLResolveInfo
  readonly conditions: readonly Condition[]
  readonly order: Order
  /** Null at the root; several where the list is of all of them together. */
  readonly parentId: string | null | readonly string[]
  readonly args: ConnectionArguments
  /** What holds besides of the entries of one of several parents. */
  readonly ofParent?: (parentId: string) => readonly Condition[]
}

/** One page of a list, as Relay's connections want it. Counts only when somebody asks. */
export async function readConnection<Model extends { id: string }>(
  { loaders, concerned }: Context,
  request: ListRequest,
): Promise<Connection<Row<Model>>> {
  const { listing, info, order, parentId, args } = request
  const { size, backwards } = readPageSize(args)
  const [after, before] = [readCursor('after', args.after, order), readCursor('before', args.before, order)]
  const columns = info === undefined ? undefined : listing.columnsFor?.(askedOfEntries(info))
  // One more than asked for tells whether there is more.
  const asked = { columns, order, after, before, limit: size + 1, backwards }
  const rows = await (parentId === null || typeof parentId === 'string'
    ? loaders.page<Model>(listing, { ...asked, conditions: conditionsOf(request, parentId) }, parentId)
    : readTogether<Model>(loaders, request, asked, parentId))
  const more = rows.length > size
  const nodes = more ? rows.slice(0, size) : rows
  if (listing.mirrors !== undefined) noteDirectories(concerned, nodes, listing.mirrors)
  return new ListPage(loaders, request, backwards ? nodes.toReversed() : nodes, {
    hasNextPage: backwards ? before !== null : more,
    hasPreviousPage: backwards ? more : after !== null,
  })
}

// A class, since an answer may hold hundreds of these: each shares its methods with all others.
class ListPage<Model extends { id: string }> implements Connection<Row<Model>> {
  readonly nodes: readonly Row<Model>[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly #loaders: Loaders
  readonly #request: ListRequest

  constructor(
    loaders: Loaders,
    request: ListRequest,
    nodes: readonly Row<Model>[],
    { hasNextPage, hasPreviousPage }: Pick<Connection<Model>, 'hasNextPage' | 'hasPreviousPage'>,
  ) {
    this.nodes = nodes
    this.hasNextPage = hasNextPage
    this.hasPreviousPage = hasPreviousPage
    this.#loaders = loaders
    this.#request = request
  }

  cursorAt(index: number): string {
    return writeCursor(this.#request.order, this.nodes[index]!)
  }

  async totalCount(): Promise<number> {
    const { listing, parentId } = this.#request
    const parents = typeof parentId === 'string' || parentId === null ? [parentId] : parentId
    const counts = await Promise.all(
      parents.map((parent) => this.#loaders.count(listing, conditionsOf(this.#request, parent), parent)),
    )
    return counts.reduce((total, count) => total + count, 0)
  }
}

async function readTogether<Model extends { id: string }>(
  loaders: Loaders,
  request: ListRequest,
  page: Omit<Page, 'conditions'>,
  parents: readonly string[],
): Promise<Row<Model>[]> {
  const pages = await Promise.all(
    parents.map((parent) =>
      loaders.page<Model>(request.listing, { ...page, conditions: conditionsOf(request, parent) }, parent),
    ),
  )
  return pages.flat().sort(inOrder(page.order, page.backwards))
}

function conditionsOf({ conditions, ofParent }: ListRequest, parent: string | null): readonly Condition[] {
  return parent === null || ofParent === undefined ? conditions : [...conditions, ...ofParent(parent)]
}

// As PostgreSQL has ordered each parent's own page.
function inOrder({ type, descending }: Order, backwards: boolean) {
  const sign = descending === backwards ? 1 : -1
  const keyOf = ({ sortKey }: Row<{ id: string }>) => (type === 'timestamptz' ? readMoment(sortKey)! : sortKey)
  return (a: Row<{ id: string }>, b: Row<{ id: string }>): number => {
    const [left, right] = [keyOf(a), keyOf(b)]
    if (left === right) return a.id < b.id ? -sign : sign
    return left < right ? -sign : sign
  }
}

// PostgreSQL's own text for a moment, in RFC 3339 and UTC; null for any other, some of which `Date.parse` would take.
function readMoment(text: string): string | null {
  const parts = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)([+-]\d{2})(?::(\d{2}))?$/.exec(text)
  if (parts === null) return null
  const [, day, clock, hours, minutes = '00'] = parts
  const moment = new Date(`${day}T${clock}${hours}:${minutes}`)
  // What is left of years that PostgreSQL does not know.
  return Number.isNaN(moment.getTime()) || !/^(?!0000)\d{4}-/.test(moment.toISOString()) ? null : moment.toISOString()
}

// A cursor holds the place of a row, not the row: a page goes on from there also when the row has moved or is gone.
function writeCursor(order: Order, { sortKey, id }: Row<{ id: string }>): string {
  return Buffer.from(JSON.stringify([order.name, sortKey, id])).toString('base64url')
}

function readCursor(argument: string, cursor: string | null | undefined, order: Order): Keyset | null {
  if (cursor == null) return null
  const invalid = (message: string) => new ValidationError({ path: [argument], message })
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    parts = null // not one of ours: said below
  }
  if (!Array.isArray(parts) || parts.length !== 3 || !parts.every((part) => typeof part === 'string'))
    throw invalid('is not a cursor of this list')
  const [name, value, id] = parts as [string, string, string]
  if (name !== order.name) throw invalid('is a cursor of another order')
  if (textFault(value) !== null || textFault(id) !== null) throw invalid('is not a cursor of this list')
  const key = order.type === 'timestamptz' ? readMoment(value) : value
  if (key === null) throw invalid('is not a cursor of this list')
  return { value: key, id }
}
