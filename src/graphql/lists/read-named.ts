import type { Database } from '../../db/database.ts'
import type { Condition, Listing, Page } from './listing.ts'
import type { Naming } from './naming.ts'
import { OWNER, organizationOf } from '../own-rows.ts'
import { createPageStatement } from './page-statement.ts'

// This many rows are read by id and sorted in a millisecond or two, which others may wait for on the same connection.
const FEW = 500
// And this many in some tens of milliseconds.
const MANY = 5_000
// Of what one in forty has, a page is full by then.
const NEAR = 2_000

type Databases = Pick<Database, 'pool' | 'quick'>

/**
 * Reads a page of rows that another table names. Left to PostgreSQL, which expects them to be spread over the list's
 * order, the order is walked until the first of them is met: for a directory that was connected late, past everybody
 * else. So they are found by id, if there are not too many; otherwise the list is walked for a while; and if that does
 * not fill the page, all of them are found and sorted. Returns null if no condition names rows.
 */
export async function readNamed<Row extends object>(
  db: Databases,
  listing: Listing,
  page: Page,
  parent: string | null,
): Promise<Row[] | null> {
  const [named, another] = page.conditions.filter(({ naming }) => naming !== undefined)
  // With two naming conditions, the second would have to be evaluated in full.
  if (named === undefined || another !== undefined || listing.joined) return null
  const organizationId = listing.parent === OWNER.of ? parent : organizationOf(page.conditions)
  const source = sourceOf(named, organizationId)
  for (const [most, on] of [[FEW, db.quick] as const, [MANY, slow(db)] as const]) {
    const ids = await readIds(on, source, most)
    if (ids.length > most) continue
    // Separated from the other conditions: with a generic plan, PostgreSQL takes an organization for an average one and
    // would search its whole index range for the ids.
    const from = `(select x.* from ${listing.from} where x.id = any($1::text[]) offset 0) x`
    return on.query<Row>(...statementOf({ ...listing, from }, page, named, parent, [ids]))
  }
  const near = await slow(db).query<Row>(...nearStatement(listing, page, { named, source, parent }))
  if (near.length === page.limit) return near
  const ids = `select ${source.naming.column} from ${source.naming.table} where ${source.where}`
  const from = `(select x.* from ${listing.from} where x.id in (${ids}) offset 0) x`
  return slow(db).query<Row>(...statementOf({ ...listing, from }, page, named, parent, [...source.values]))
}

/** The rows that name others: a condition, with its parameters. */
interface Source {
  readonly naming: Naming
  readonly where: string
  readonly values: readonly unknown[]
}

function sourceOf({ naming, value }: Condition, organizationId: unknown): Source {
  const { where, organization } = naming!
  const values = [value]
  const conditions = [where.replaceAll('?', '$1')]
  if (organization !== undefined && organizationId !== null)
    conditions.push(`${organization} = $${values.push(organizationId)}`)
  return { naming: naming!, where: conditions.join(' and '), values }
}

/** Returns the first named ids, possibly with duplicates: one more than `most`, if there are more. */
async function readIds(
  db: Pick<Database['quick'], 'query'>,
  { naming, where, values }: Source,
  most: number,
): Promise<string[]> {
  const { table, column, inOrder } = naming
  const text = `select ${column} as named from ${table} where ${where} order by ${inOrder} limit ${most + 1}`
  const rows = await db.query<{ named: string }>(text, [...values])
  return rows.map(({ named }) => named)
}

type Statement = [text: string, values: unknown[]]

/** The page, of a list that has the named rows and no others. */
function statementOf(
  listing: Listing,
  page: Page,
  named: Condition,
  parent: string | null,
  given: unknown[],
): Statement {
  // prettier-ignore
  const others = page.conditions.filter((condition) => condition !== named).map(({ sql, value }) => ({ sql, value }))
  const { values, pageOf } = createPageStatement(listing, { ...page, conditions: others }, given)
  return [pageOf(parent === null ? null : `$${values.push(parent)}::text`), values]
}

/** The page, as far as it lies among the next rows of the whole list. */
function nearStatement(
  listing: Listing,
  page: Page,
  of: { named: Condition; source: Source; parent: string | null },
): Statement {
  // prettier-ignore
  const { named, source, parent } = of
  const from = listing.fromInOrder?.[page.order.column] ?? listing.from
  const isOwn = (one: Condition) => one.equals?.column === OWNER.of
  const own = page.conditions.filter(isOwn)
  const whole = { ...page, conditions: own, columns: 'x.*', placeless: true, limit: NEAR }
  const { values, pageOf } = createPageStatement({ ...listing, from }, whole, [...source.values])
  const walked = pageOf(parent === null ? null : `$${values.push(parent)}::text`)
  const rest = page.conditions.filter((one) => one !== named && !isOwn(one)).map(({ sql, value }) => ({ sql, value }))
  const { table, column } = source.naming
  const isNamed = `exists (select from ${table} named where named.${column} = x.id and (${source.where}))`
  const among = { ...listing, from: `(${walked} offset 0) x`, always: isNamed }
  const statement = createPageStatement(among, { ...page, conditions: rest, after: null, before: null }, values)
  return [statement.pageOf(null), statement.values]
}

/** The pool, for what takes longer than frequent reads may wait. */
const slow = ({ pool }: Databases): Pick<Database['quick'], 'query'> => ({
  query: async <Row extends object>(text: string, values: unknown[]) => (await pool.query<Row>(text, values)).rows,
})
