import type { Connection } from './connection-type.ts'
import type { Context } from '../context.ts'
import type { Condition, Listing, Page, Row } from './listing.ts'
import { noteDirectories } from '../note-directories.ts'
import { writeCursor } from './page-cursor.ts'
import { planPage, type PagePlan, type PageRequest } from './page-plan.ts'
import { readJoined } from './read-pages.ts'

export interface ListRequest extends PageRequest {
  /** Null at the root. */
  readonly parentId: string | null
}

/** The lists of several parents combined. */
export interface JoinedRequest extends PageRequest {
  readonly parentIds: readonly string[]
  /** Additional conditions on the entries of one parent. */
  readonly conditionsOf: (parentId: string) => readonly Condition[]
}

/** Reads one page of a list as a Relay connection. Counts only if `totalCount` is selected. */
export async function readConnection<Model extends { id: string }>(
  context: Context,
  { parentId, ...request }: ListRequest,
): Promise<Connection<Row<Model>>> {
  const [page] = await readConnections<Model>(context, request, [parentId])
  return page!
}

/** Reads the same page of the list of each of several parents. */
export async function readConnections<Model extends { id: string }>(
  { loaders, concerned }: Context,
  request: PageRequest,
  parentIds: readonly (string | null)[],
): Promise<Connection<Row<Model>>[]> {
  const { listing, counted = request } = request
  const plan = planPage(loaders, request)
  const pages = (await plan.load(parentIds)) as Row<Model>[][]
  return parentIds.map((id, index) =>
    pageOf(plan, pages[index]!, listing, concerned, () => loaders.count(counted.listing, counted.conditions, id)),
  )
}

/** Reads a page of the combined lists of several parents. */
export async function readJoinedConnection<Model extends { id: string }>(
  context: Context,
  { conditionsOf, parentIds, ...request }: JoinedRequest,
): Promise<Connection<Row<Model>>> {
  const { db, loaders, concerned } = context
  const { listing } = request
  const all = parentIds.map((id) => ({ id, conditions: [...request.conditions, ...conditionsOf(id)] }))
  const [first, ...others] = all
  if (first !== undefined && others.length === 0)
    return readConnection(context, { ...request, conditions: first.conditions, parentId: first.id })
  const plan = planPage(loaders, request)
  const groups = Map.groupBy(all, ({ conditions }) => JSON.stringify(conditions)).values()
  const rows = await readJoined<Model>(
    db,
    listing,
    plan.page,
    [...groups].map((group) => ({ parents: group.map(({ id }) => id), conditions: group[0]!.conditions })),
  )
  return pageOf(plan, rows, listing, concerned, async () => {
    const counts = await Promise.all(all.map(({ id, conditions }) => loaders.count(listing, conditions, id)))
    return counts.reduce((total, count) => total + count, 0)
  })
}

function pageOf<Model extends { id: string }>(
  { size, page }: PagePlan,
  rows: Row<Model>[],
  { mirrors }: Listing,
  concerned: Context['concerned'],
  count: () => Promise<number>,
): Connection<Row<Model>> {
  const hasMore = rows.length > size
  const nodes = hasMore ? rows.slice(0, size) : rows
  if (mirrors !== undefined) noteDirectories(concerned, nodes, mirrors)
  return new ListPage(page, page.backwards ? nodes.toReversed() : nodes, hasMore, count)
}

// A class, so that hundreds of pages in one response share their methods.
class ListPage<Model extends { id: string }> implements Connection<Row<Model>> {
  readonly nodes: readonly Row<Model>[]
  readonly totalCount: () => Promise<number>
  readonly #page: Page
  readonly #hasMore: boolean

  constructor(page: Page, nodes: readonly Row<Model>[], hasMore: boolean, count: () => Promise<number>) {
    this.nodes = nodes
    this.totalCount = count
    this.#page = page
    this.#hasMore = hasMore
  }

  get hasNextPage(): boolean {
    const { backwards, before } = this.#page
    return backwards ? before !== null : this.#hasMore
  }

  get hasPreviousPage(): boolean {
    const { backwards, after } = this.#page
    return backwards ? this.#hasMore : after !== null
  }

  cursorAt(index: number): string {
    return writeCursor(this.#page.order, this.nodes[index]!)
  }
}
