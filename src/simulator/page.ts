import { invalid } from './api-error.ts'
import { placeOf } from './sorted-ids.ts'

interface Page<T> {
  object: 'list'
  data: T[]
  list_metadata: { before: string | null; after: string | null }
}

type Order = 'asc' | 'desc' | 'normal'

/**
 * Returns one page of objects by WorkOS's rules, from their ids in ascending order. Ids are ULIDs, so that is the order
 * of creation, and a cursor keeps its place even when its object is gone. `normal` lists like `desc` but swaps the
 * cursors: `after` fetches newer objects.
 */
export function pageOf<T>(
  ids: readonly string[],
  find: (id: string) => T,
  query: URLSearchParams,
  kind: string,
): Page<T> {
  const { order, limit, after, before } = parsePaging(query, kind)
  const ascending = order === 'asc'
  const [forward, backward] = order === 'normal' ? [before, after] : [after, before]
  const [newerThan, olderThan] = ascending ? [forward, backward] : [backward, forward]

  const low = newerThan === null ? 0 : placeBehind(ids, newerThan)
  const high = olderThan === null ? ids.length : placeOf(ids, olderThan)
  // Going backward, the page is the one next to the cursor, in the order of the whole list.
  const isNextToLow = ascending === (backward === null)
  const start = isNextToLow ? low : Math.max(low, high - limit)
  const end = isNextToLow ? Math.min(high, low + limit) : high
  const oldestFirst = ids.slice(start, end)
  const page = ascending ? oldestFirst : oldestFirst.toReversed()

  const [first = null, last = null] = [page[0], page.at(-1)]
  const hasNewer = end < ids.length
  const hasOlder = start > 0
  const ends = {
    forward: (ascending ? hasNewer : hasOlder) ? last : null,
    backward: (ascending ? hasOlder : hasNewer) ? first : null,
  }
  const list_metadata =
    order === 'normal' ? { before: ends.forward, after: ends.backward } : { before: ends.backward, after: ends.forward }
  return { object: 'list', data: page.map(find), list_metadata }
}

function placeBehind(ids: readonly string[], id: string): number {
  const place = placeOf(ids, id)
  return ids[place] === id ? place + 1 : place
}

function parsePaging(query: URLSearchParams, kind: string) {
  const order = query.get('order') ?? 'desc'
  if (!isOrder(order)) throw invalid({ field: 'order', code: 'invalid_enum', message: 'is one of asc, desc, normal' })
  return {
    order,
    limit: parseLimit(query),
    after: parseCursor(query, 'after', kind),
    before: parseCursor(query, 'before', kind),
  }
}

const isOrder = (value: string): value is Order => ['asc', 'desc', 'normal'].includes(value)

export function parseLimit(query: URLSearchParams): number {
  const given = query.get('limit') ?? '10'
  const limit = Number(given)
  if (/^\d+$/.test(given) && limit >= 1 && limit <= 100) return limit
  throw invalid({ field: 'limit', code: 'out_of_range', message: 'is a whole number from 1 to 100' })
}

function parseCursor(query: URLSearchParams, field: 'after' | 'before', kind: string): string | null {
  const cursor = query.get(field)
  if (cursor === null || new RegExp(`^${kind}_[0-9A-HJKMNP-TV-Z]{26}$`).test(cursor)) return cursor
  throw invalid({ field, code: 'invalid_cursor', message: `is the id of a ${kind}` })
}
