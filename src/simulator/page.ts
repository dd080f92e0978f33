import { invalid } from './api-error.ts'

export type Page<T> = { object: 'list'; data: T[]; list_metadata: { before: string | null; after: string | null } }

type Order = 'asc' | 'desc' | 'normal'

/**
 * One page of objects by WorkOS's rules. Ids are ULIDs, so their order is that of creation and a cursor keeps its place
 * also when its object is gone. `normal` lists like `desc` but turns the cursors round: `after` fetches newer objects.
 */
export function pageOf<T extends { id: string }>(objects: readonly T[], query: URLSearchParams, kind: string): Page<T> {
  const { order, limit, after, before } = parsePaging(query, kind)
  const sorted = objects.toSorted((one, other) => compare(one.id, other.id))
  if (order !== 'asc') sorted.reverse()
  const follows = (id: string, cursor: string): boolean => (order === 'asc' ? id > cursor : id < cursor)
  const [forward, backward] = order === 'normal' ? [before, after] : [after, before]

  const candidates = sorted.filter(
    ({ id }) =>
      (forward === null || follows(id, forward)) && (backward === null || (id !== backward && !follows(id, backward))),
  )
  // Going backward, the page is the one next to the cursor, in the order of the whole list.
  const data = backward === null ? candidates.slice(0, limit) : candidates.slice(-limit)
  const [first, last] = [data[0]?.id, data.at(-1)?.id]
  const hasFollowing = last !== undefined && sorted.at(-1)!.id !== last
  const hasPreceding = first !== undefined && sorted[0]!.id !== first
  const ends = { forward: hasFollowing ? last : null, backward: hasPreceding ? first : null }
  const list_metadata =
    order === 'normal' ? { before: ends.forward, after: ends.backward } : { before: ends.backward, after: ends.forward }
  return { object: 'list', data, list_metadata }
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

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
