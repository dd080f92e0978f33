// Which index of the log a page is read along.
import { criteria, type ChangeFilter } from './filter.ts'

/** What a page of the log lies between. Both are exclusive. */
interface Bounds {
  readonly after?: number | undefined
  readonly before?: number | undefined
  /** Newest first. */
  readonly backwards: boolean
}

/** Changes that an index of (column, position) holds side by side, or all. */
export interface Walk {
  /** Null: the log itself. */
  readonly column: { readonly name: string; readonly type: string; readonly wanted: readonly string[] } | null
  /** What else they have to fulfil. */
  readonly rest: ChangeFilter
  /** How many to look at before giving up; null: all. */
  readonly most: number | null
}

// From those that few changes have to those that many have.
const PREFIXES = [
  'accountId',
  'directoryUserId',
  'directoryGroupId',
  'directoryId',
  'organizationId',
  'viewerOrganizationId',
] as const satisfies readonly (keyof ChangeFilter)[]

const SHORT = 2_000

/**
 * The walks to try, until one fills the page or has seen all of its changes. Left to PostgreSQL, which expects what is
 * looked for anywhere in the log, everything since its beginning was read for a directory that was connected late.
 * Whether the changes of some kinds are fewer than those of a directory is not known, so each is tried for a while.
 */
export function walksOf(filter: ChangeFilter): readonly Walk[] {
  const along = (key: keyof ChangeFilter): Walk => {
    const all = criteria(filter)
    const own = all.find((one) => one.key === key)!
    const { column: name, type, wanted } = own
    // If a condition fixed the column to one value, PostgreSQL would consider the log's primary key equally good, and
    // might scan the whole log.
    const others = all.filter((one) => one !== own && !(one.column === name && one.wanted === wanted))
    const rest = Object.fromEntries(others.map((one) => [one.key, one.wanted]))
    return { column: { name, type, wanted: [...new Set([wanted].flat())] }, rest, most: null }
  }
  const prefix = PREFIXES.find((key) => filter[key] !== undefined)
  if (prefix === undefined)
    return [filter.kinds === undefined ? { column: null, rest: {}, most: null } : along('kinds')]
  if (filter.kinds === undefined) return [along(prefix)]
  return [{ ...along(prefix), most: SHORT }, { ...along('kinds'), most: SHORT }, along(prefix)]
}

/**
 * A statement that selects a walk's changes within the bounds, in order. Its ranges are of pairs, which only the index
 * of the column can serve.
 */
export function toStatement(
  { column, most }: Walk,
  select: string,
  { bounds, conditions, limit }: { bounds: Bounds; conditions: readonly string[]; limit: number },
  values: unknown[],
): string {
  if (column?.wanted.length === 0) return `select ${select} from change x where false`
  const direction = bounds.backwards ? 'desc' : 'asc'
  const limited = `limit $${values.push(most ?? limit)}::int`
  const places = { '>': bounds.after, '<': bounds.before } as const
  const bound = (sign: '>' | '<', start: string | null): string[] => {
    const place = places[sign] === undefined ? null : `$${values.push(places[sign])}::bigint`
    if (start === null) return place === null ? [] : [`position ${sign} ${place}`]
    const { name } = column!
    return [place === null ? `${name} ${sign}= ${start}` : `(${name}, position) ${sign} (${start}, ${place})`]
  }
  const walk = (start: string | null): string => {
    const where = [...bound('>', start), ...bound('<', start), ...(most === null ? conditions : [])]
    const by = start === null ? 'position' : `${column!.name} ${direction}, position`
    return `select ${select} from change x ${where.length === 0 ? '' : `where ${where.join(' and ')}`} order by ${by} ${direction} ${limited}`
  }
  if (column === null) return walk(null)
  const walks = column.wanted.map((wanted) => walk(`$${values.push(wanted)}::${column.type}`))
  if (walks.length === 1) return walks[0]!
  return `select * from (${walks.map((one) => `(${one})`).join(' union all ')}) walked order by position ${direction} ${limited}`
}
