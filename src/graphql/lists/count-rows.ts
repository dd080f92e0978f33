import type { Queryable } from '../../db/database.ts'
import { conditionsOf, type Condition, type Listing } from './listing.ts'

/** Counts the rows of each parent in one statement. At the root the key is null. */
export async function countRows(
  db: Queryable,
  listing: Listing,
  conditions: readonly Condition[],
  parents: readonly string[] | null,
): Promise<Map<string | null, number>> {
  const values: unknown[] = []
  const each = eachAlong(listing, conditions, parents)
  if (each !== null) {
    const name = listing.workedOut === undefined ? { name: nameOf(each.text) } : {}
    const { rows } = await db.query<{ id: string | null; count: number }>({ ...name, ...each })
    return new Map(rows.map((row) => [parents === null ? null : row.id, row.count]))
  }
  const where = ofOwner(listing, conditions, values)
  if (listing.parent !== null) where.push(`${listing.parent} = any($${values.push(parents)}::text[])`)
  const from = conditions.length === 0 ? (listing.fromAlone ?? listing.from) : listing.from
  const text = `
    select ${listing.parent ?? 'null'} as id, count(${listing.counted ?? '*'}) as count from ${from}
    ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
    ${listing.parent === null ? '' : 'group by 1'}`
  const statement = isPlain(conditions) ? { name: nameOf(text), text, values } : { text, values }
  const { rows } = await db.query<{ id: string | null; count: number }>(statement)
  return new Map(rows.map((row) => [row.id, row.count]))
}

/** Whether the same few texts count whatever is asked for. */
const isPlain = (conditions: readonly Condition[]): boolean =>
  conditions.every(({ equals, most }) => equals !== undefined || most)

/**
 * Returns a statement that counts along an index which has everything that is asked of a row, for each parent, or the
 * one owner, by itself. Left to PostgreSQL, which sees whose most rows are, it reads the whole table with several
 * workers, or sorts what it counts: several times as long. Null if there is no such index.
 */
function eachAlong(
  listing: Listing,
  conditions: readonly Condition[],
  parents: readonly string[] | null,
): { text: string; values: unknown[] } | null {
  const eachOf = (rows: string, ids: unknown, values: unknown[] = []) => ({
    text: `
    select asked.id, (select count(*) from ${rows}) as count
    from unnest($${values.push(ids)}::text[]) as asked (id)`,
    values,
  })
  if (listing.workedOut !== undefined)
    return eachOf(`(${listing.workedOut.all.replaceAll('?', 'asked.id')}) x`, parents)
  if (!isPlain(conditions) || listing.counted !== undefined) return null
  const own = conditions.find(({ equals }) => equals?.column === (listing.owner?.of ?? 'x.organization_id'))
  const place = listing.parent ?? own?.equals?.column
  if (place === undefined) return null
  const others = listing.parent === null ? conditions.filter((one) => one !== own) : conditions
  const columns = [place, ...others.map(({ equals, among }) => (equals ?? among)?.column ?? '')]
  if (!listing.indexes?.some((index) => columns.every((column) => index.slice(0, -1).includes(column)))) return null
  const values: unknown[] = []
  const where = [...conditionsOf(listing, others, values), `${place} = asked.id`]
  const from = conditions.length === 0 ? (listing.fromAlone ?? listing.from) : listing.from
  return eachOf(`${from} where ${where.join(' and ')}`, parents ?? [own!.value], values)
}

// All rows of a directory have the same owner, so it is checked once rather than per row; an index-only scan can then
// count the rows.
function ofOwner(listing: Listing, conditions: readonly Condition[], values: unknown[]): string[] {
  const { owner } = listing
  const said = (column: string) => conditions.find(({ equals }) => equals?.column === column)
  const within = owner && said(owner.column)
  const owned = owner && said(owner.of)
  if (owner === undefined || within === undefined || owned === undefined)
    return conditionsOf(listing, conditions, values)
  const others = conditions.filter((one) => one !== owned)
  const asked = owner.sql.replaceAll('?', `$${values.push(within.value)}`)
  return [`(${asked}) = $${values.push(owned.value)}`, ...conditionsOf(listing, others, values)]
}

// Few distinct texts occur. Planning one takes longer than counting the rows of most directories.
const names = new Map<string, string>()

function nameOf(text: string): string {
  const name = names.get(text) ?? `count-${names.size}`
  names.set(text, name)
  return name
}
