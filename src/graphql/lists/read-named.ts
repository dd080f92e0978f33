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
 * else. So a few are found by id; of more, the list is walked for a while; if that does not fill the page, they are
 * found by id all the same; and only of very many, all are found and sorted. Returns null if no condition names rows.
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
  const request = { listing, page, parent, named, source: sourceOf(named, organizationId) }
  return (
    (await readByIds<Row>(db.quick, request, FEW)) ??
    (await readNear<Row>(slow(db), request)) ??
    (await readByIds<Row>(slow(db), request, MANY)) ??
    readAll<Row>(slow(db), request)
  )
}

interface Request {
  readonly listing: Listing
  readonly page: Page
  readonly parent: string | null
  readonly named: Condition
  readonly source: Source
}

/** The rows that name others. */
interface Source {
  readonly naming: Naming
  /** Their condition in SQL; its parameters are appended to `values`. */
  readonly where: (values: unknown[]) => string
}

function sourceOf({ naming, value }: Condition, organizationId: unknown): Source {
  const { where, organization } = naming!
  return {
    naming: naming!,
    where(values) {
      const named = where.replaceAll('?', `$${values.push(value)}`)
      if (organization === undefined || organizationId === null) return named
      return `${named} and ${organization} = $${values.push(organizationId)}`
    },
  }
}

type Reads = Pick<Database['quick'], 'query'>

/** Returns null if more ids are named than `most`. */
async function readByIds<Row extends object>(db: Reads, request: Request, most: number): Promise<Row[] | null> {
  const { naming, where } = request.source
  const { table, column, inOrder } = naming
  const values: unknown[] = []
  const text = `select ${column} as named from ${table} where ${where(values)} order by ${inOrder} limit ${most + 1}`
  const rows = await db.query<{ named: string }>(text, values)
  if (rows.length > most) return null
  return readAmong(db, request, 'any($1::text[])', [rows.map(({ named }) => named)])
}

async function readAll<Row extends object>(db: Reads, request: Request): Promise<Row[]> {
  const { naming, where } = request.source
  const values: unknown[] = []
  return readAmong(db, request, `any(select ${naming.column} from ${naming.table} where ${where(values)})`, values)
}

async function readAmong<Row extends object>(
  db: Reads,
  request: Request,
  ids: string,
  values: unknown[],
): Promise<Row[]> {
  const { listing, page, parent, named } = request
  // Separated from the other conditions: with a generic plan, PostgreSQL takes an organization for an average one and
  // would search its whole index range for the ids.
  const from = `(select x.* from ${listing.from} where x.id = ${ids} offset 0) x`
  const conditions = page.conditions.filter((one) => one !== named).map(asItIs)
  const statement = createPageStatement({ ...listing, from }, { ...page, conditions }, values)
  const text = statement.pageOf(parent === null ? null : `$${statement.values.push(parent)}::text`)
  return db.query<Row>(text, statement.values)
}

// Without an index to find it by: it is asked of each of these rows.
const asItIs = ({ sql, value }: Condition): Condition => ({ sql, value })

/** Returns null if there may be others beyond the rows that it looks at. */
async function readNear<Row extends object>(db: Reads, request: Request): Promise<Row[] | null> {
  const { listing, page, parent, named, source } = request
  const from = listing.fromInOrder?.[page.order.column] ?? listing.from
  const isOwn = (one: Condition) => one.equals?.column === OWNER.of
  const next = { ...page, conditions: page.conditions.filter(isOwn), columns: 'x.*', placeless: true, limit: NEAR }
  const walk = createPageStatement({ ...listing, from }, next)
  const walked = walk.pageOf(parent === null ? null : `$${walk.values.push(parent)}::text`)
  const own = [...walk.values]
  const { table, column } = source.naming
  const always = `exists (select from ${table} named where named.${column} = x.id and (${source.where(walk.values)}))`
  const conditions = page.conditions.filter((one) => one !== named && !isOwn(one)).map(asItIs)
  const asked = { ...page, conditions, after: null, before: null }
  const found = createPageStatement({ ...listing, from: `(${walked}) x`, always }, asked, walk.values)
  const near = await db.query<Row>(found.pageOf(null), found.values)
  if (near.length === page.limit) return near
  const [seen] = await db.query<{ count: number }>(`select count(*) from (${walked}) x`, own)
  return seen!.count < NEAR ? near : null
}

/** The pool, for what takes longer than frequent reads may wait. */
const slow = ({ pool }: Databases): Reads => ({
  query: async <Row extends object>(text: string, values: unknown[]) => (await pool.query<Row>(text, values)).rows,
})
