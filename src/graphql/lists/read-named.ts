import type { Database } from '../../db/database.ts'
import { conditionsOf, type Condition, type Listing, type Page } from './listing.ts'
import { askedOfEach, isNaming, type Naming, type NamingCondition } from './naming.ts'
import { OWNER, organizationOf } from '../own-rows.ts'
import { createPageStatement } from './page-statement.ts'

// This many rows are read by id and sorted in a millisecond or two, which others may wait for on the same connection.
const FEW = 500
// And this many in some tens of milliseconds.
const MANY = 5_000
// And this many are found by a search's index.
const FEW_FOUND = 1_000
// Of what one in forty has, a page is full by then.
const NEAR = 2_000

type Databases = Pick<Database, 'pool' | 'quick'>

/**
 * Reads a page of rows that another table names. Left to PostgreSQL, which expects them to be spread over the list's
 * order, the order is walked until the first of them is met: for a directory that was connected late, past all other
 * users. So a few are found by id; of more, those that are searched for are found by the search's index, or the list is
 * walked for a while; if that does not fill the page, they are found by id all the same; and only of very many, all are
 * found and sorted. If several tables name rows, the one that names few is asked which, and the others about each of
 * these. Returns null if no condition names rows.
 */
export async function readNamed<Row extends object>(
  db: Databases,
  listing: Listing,
  page: Page,
  parent: string | null,
): Promise<Row[] | null> {
  const naming = page.conditions.filter(isNaming)
  if (naming.length === 0 || listing.joined) return null
  const organizationId = listing.parent === OWNER.of ? parent : organizationOf(page.conditions)
  const requests = naming.map((named) => ({ listing, page, parent, named, source: sourceOf(named, organizationId) }))
  const [first] = requests as [Request]
  return (
    (await readFewest<Row>(db.quick, requests, FEW)) ??
    (await readFound<Row>(slow(db), first)) ??
    (await readNear<Row>(slow(db), first)) ??
    (await readFewest<Row>(slow(db), requests, MANY)) ??
    readAll<Row>(slow(db), first)
  )
}

interface Asked {
  readonly listing: Listing
  readonly page: Page
  readonly parent: string | null
}

interface Request extends Asked {
  readonly named: NamingCondition
  readonly source: Source
}

/** The rows that name others. */
interface Source {
  readonly naming: Naming
  /** Their condition in SQL; its parameters are appended to `values`. */
  readonly where: (values: unknown[]) => string
}

function sourceOf({ naming, value }: NamingCondition, organizationId: unknown): Source {
  const { where, organization } = naming
  return {
    naming,
    where(values) {
      const named = where.replaceAll('?', `$${values.push(value)}`)
      if (organization === undefined || organizationId === null) return named
      return `${named} and ${organization} = $${values.push(organizationId)}`
    },
  }
}

type Reads = Pick<Database['quick'], 'query'>

/** Returns null if more ids than `most` are named by each. */
async function readFewest<Row extends object>(
  db: Reads,
  requests: readonly Request[],
  most: number,
): Promise<Row[] | null> {
  for (const request of requests) {
    const rows = await readByIds<Row>(db, request, most)
    if (rows !== null) return rows
  }
  return null
}

/** Returns null if more ids are named than `most`. */
async function readByIds<Row extends object>(db: Reads, request: Request, most: number): Promise<Row[] | null> {
  const { naming, where } = request.source
  const { table, column, inOrder } = naming
  const values: unknown[] = []
  const text = `select ${column} as named from ${table} where ${where(values)} order by ${inOrder} limit ${most + 1}`
  const rows = await db.query<{ named: string }>(text, values)
  if (rows.length > most) return null
  return readAmong(db, withoutNamed(request), 'any($1::text[])', [rows.map(({ named }) => named)])
}

async function readAll<Row extends object>(db: Reads, request: Request): Promise<Row[]> {
  const { naming, where } = request.source
  const values: unknown[] = []
  return readAmong(
    db,
    withoutNamed(request),
    `any(select ${naming.column} from ${naming.table} where ${where(values)})`,
    values,
  )
}

/** What else is asked of the rows that `named` names. */
function withoutNamed({ page, named, ...request }: Request): Asked {
  return { ...request, page: { ...page, conditions: page.conditions.filter((one) => one !== named) } }
}

async function readAmong<Row extends object>(
  db: Reads,
  { listing, page, parent }: Asked,
  ids: string,
  values: unknown[],
): Promise<Row[]> {
  // Separated from the other conditions: with a generic plan, PostgreSQL takes an organization for an average one and
  // would search its whole index range for the ids.
  const from = `(select x.* from ${listing.from} where x.id = ${ids} offset 0) x`
  const conditions = page.conditions.map(askedOfThese)
  const statement = createPageStatement({ ...listing, from, fromInOrder: {} }, { ...page, conditions }, values)
  const text = statement.pageOf(parent === null ? null : `$${statement.values.push(parent)}::text`)
  return db.query<Row>(text, statement.values)
}

/** Whether it says whose rows they are: those lie side by side in each order. */
const isOwn = ({ equals }: Condition) => equals?.column === OWNER.of || equals?.column === OWNER.column

// Without an index to find it by: it is asked of each of these rows.
const askedOfThese = (one: Condition): Condition =>
  isNaming(one) ? askedOfEach(one) : { sql: one.sql, value: one.value }

/** Returns null if nothing is searched for that an index finds, or if it finds many. */
async function readFound<Row extends object>(db: Reads, asked: Asked): Promise<Row[] | null> {
  const { listing, page, parent } = asked
  const searches = page.conditions.filter(({ foundBy = [] }) => foundBy.length > 0)
  if (searches.length === 0) return null
  const values: unknown[] = []
  const where = conditionsOf(listing, [...page.conditions.filter(isOwn), ...searches], values)
  if (parent !== null) where.push(`${listing.parent} = $${values.push(parent)}`)
  const text = `select x.id from ${listing.from} where ${where.join(' and ')} limit ${FEW_FOUND + 1}`
  const rows = await db.query<{ id: string }>(text, values)
  return rows.length > FEW_FOUND ? null : readAmong(db, asked, 'any($1::text[])', [rows.map(({ id }) => id)])
}

/** Returns null if there may be others beyond the rows that it looks at. */
async function readNear<Row extends object>(db: Reads, { listing, page, parent }: Asked): Promise<Row[] | null> {
  const next = { ...page, conditions: page.conditions.filter(isOwn), columns: 'x.*', placeless: true, limit: NEAR }
  const walk = createPageStatement(listing, next)
  const walked = walk.pageOf(parent === null ? null : `$${walk.values.push(parent)}::text`)
  const own = [...walk.values]
  const conditions = page.conditions.filter((one) => !isOwn(one)).map(askedOfThese)
  const asked = { ...page, conditions, after: null, before: null }
  const found = createPageStatement({ ...listing, from: `(${walked}) x`, fromInOrder: {} }, asked, walk.values)
  const near = await db.query<Row>(found.pageOf(null), found.values)
  if (near.length === page.limit) return near
  const [seen] = await db.query<{ count: number }>(`select count(*) from (${walked}) x`, own)
  return seen!.count < NEAR ? near : null
}

/** The pool, for what takes longer than frequent reads may wait. */
const slow = ({ pool }: Databases): Reads => ({
  query: async <Row extends object>(text: string, values: unknown[]) => (await pool.query<Row>(text, values)).rows,
})
