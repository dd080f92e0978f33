import type { FieldNode, GraphQLResolveInfo } from 'graphql'
import { askedOfPage } from './asked-of-page.ts'
import type { Condition, Listing, Order, Page, Row } from './listing.ts'
import type { Loaders } from '../loading/loaders.ts'
import { readCursor } from './page-cursor.ts'
import { readPageSize, type ConnectionArguments } from './page-size.ts'

/** A page request, independent of the parent. */
export interface PageRequest {
  readonly listing: Listing
  /** The selection on the page; without it, anything may be selected. */
  readonly info?: GraphQLResolveInfo
  readonly conditions: readonly Condition[]
  readonly order: Order
  readonly args: ConnectionArguments
  /** What to count instead, if a list is not the shortest way to how long it is. */
  readonly counted?: { readonly listing: Listing; readonly conditions: readonly Condition[] } | undefined
}

/** What to read for a page request. */
export interface PagePlan {
  readonly size: number
  /** Reaches one further than requested, to see whether there is more. */
  readonly page: Page
  readonly load: (parentIds: readonly (string | null)[]) => Promise<Row<unknown>[][]>
}

/** The plans for the fields of an operation, with the requests they were made for. */
export type PagePlans = Map<FieldNode, PagePlan & { readonly request: PageRequest }>

/**
 * Plans a page. Hundreds of parents may ask, nearly always for the same page as the previous one. Throws
 * ValidationError.
 */
export function planPage({ plans, pages }: Pick<Loaders, 'plans' | 'pages'>, request: PageRequest): PagePlan {
  const { listing, info, conditions, order, args } = request
  const field = info?.fieldNodes.length === 1 ? info.fieldNodes[0] : undefined
  const before = field && plans.get(field)
  if (before !== undefined && isSame(before.request, request)) return before
  const { size, backwards } = readPageSize(args)
  const asked = info && askedOfPage(info)
  const page: Page = {
    columns: asked && listing.columnsFor?.(asked.entries),
    placeless: asked?.cursors === false,
    conditions,
    order,
    after: readCursor('after', args.after, order),
    before: readCursor('before', args.before, order),
    limit: size + 1,
    backwards,
  }
  const plan = { request, size, page, load: pages(listing, page) }
  if (field !== undefined) plans.set(field, plan)
  return plan
}

function isSame(one: PageRequest, other: PageRequest): boolean {
  const { listing, conditions, order, args } = one
  return (
    listing === other.listing &&
    conditions === other.conditions &&
    order === other.order &&
    args.first === other.args.first &&
    args.last === other.args.last &&
    args.after === other.args.after &&
    args.before === other.args.before
  )
}
