// Reads lists as keyset pages, with one statement for all parents that request the same page. Which statement reads
// which list: docs/decisions/0003-lists-are-statements-of-our-own.md
import type { Database } from '../../db/database.ts'
import { walkIndex } from './index-walk.ts'
import { selectedOf, type Condition, type Listing, type Page, type Row } from './listing.ts'
import { createPageStatement } from './page-statement.ts'
import { readNamed } from './read-named.ts'

type Databases = Pick<Database, 'pool' | 'quick'>
type Read<Model> = Row<Model> & { readonly parentId: string }

/**
 * Reads up to `limit` rows of each parent, in the list's order. `parents` is null at the root, where there is one list.
 */
export async function readPages<Model>(
  db: Databases,
  listing: Listing,
  page: Page,
  parents: readonly string[] | null,
): Promise<Row<Model>[][]> {
  if (parents === null || (parents.length === 1 && !listing.few)) {
    const parent = parents?.[0] ?? null
    const named = await readNamed<Row<Model>>(db, listing, page, parent)
    return [named ?? (await readOne<Model>(db, listing, page, parent))]
  }
  const rows = await (listing.few ? readFew : readMany)<Model>(db, listing, page, parents)
  const pages = new Map<string, Row<Model>[]>()
  for (const row of rows) {
    const rowsOfParent = pages.get(row.parentId)
    if (rowsOfParent === undefined) pages.set(row.parentId, [row])
    else if (rowsOfParent.length < page.limit) rowsOfParent.push(row)
  }
  return parents.map((parent) => pages.get(parent) ?? [])
}

// If the planner sees the parent's id, the statement follows the order's index; otherwise PostgreSQL assumes an average
// parent and would sort all rows of a large one. Beyond this many parents, planning takes too long.
const SEEN_PARENTS = 4

async function readOne<Model>(
  db: Databases,
  listing: Listing,
  page: Page,
  parent: string | null,
): Promise<Row<Model>[]> {
  const walk = walkIndex(listing, page)
  const { values, pageOf } = walk ?? createPageStatement(listing, page)
  const text = pageOf(parent === null ? null : `$${values.push(parent)}::text`)
  return ask(db, walk !== null, text, values)
}

async function readMany<Model>(
  db: Databases,
  listing: Listing,
  page: Page,
  parents: readonly string[],
): Promise<Read<Model>[]> {
  const walk = walkIndex(listing, page)
  const { values, pageOf } = walk ?? createPageStatement(listing, page)
  const text = eachPage(walk !== null, (parent) => pageOf(parent, `${parent} as "parentId", `), parents, values)
  return ask(db, walk !== null, text, values)
}

function eachPage(
  isWalk: boolean,
  pageOf: (parent: string) => string,
  parents: readonly string[],
  values: unknown[],
): string {
  if (!isWalk && parents.length <= SEEN_PARENTS)
    return parents.map((parent) => `(${pageOf(`$${values.push(parent)}::text`)})`).join(' union all ')
  const given = `unnest($${values.push(parents)}::text[]) as p (id)`
  return `select page.* from ${given} cross join lateral (${pageOf('p.id')}) page`
}

/** Parents whose entries have to fulfil the same conditions. */
export interface Group {
  readonly parents: readonly string[]
  readonly conditions: readonly Condition[]
}

const QUICK_PARENTS = 50

/**
 * Reads a page of the lists of all groups combined. Each parent's page is read without the rows themselves, mostly from
 * an index.
 */
export async function readJoined<Model>(
  db: Databases,
  listing: Listing,
  page: Page,
  groups: readonly Group[],
): Promise<Row<Model>[]> {
  const { order, limit, backwards } = page
  const columns = `x.id, ${order.column} as place`
  const values: unknown[] = []
  // A page's places are read of each parent: of many, they are more than others should wait behind.
  let isQuick = groups.reduce((count, { parents }) => count + parents.length, 0) <= QUICK_PARENTS
  const arms = groups.map(({ parents, conditions }) => {
    const places = { ...page, conditions, columns, placeless: true }
    const walk = walkIndex(listing, places, values)
    isQuick &&= walk !== null
    const { pageOf } = walk ?? createPageStatement(listing, places, values)
    return eachPage(walk !== null, (parent) => pageOf(parent), parents, values)
  })
  if (arms.length === 0) return []
  const direction = order.descending === backwards ? 'asc' : 'desc'
  const limited = `limit $${values.push(limit)}::int`
  const text = `
    select ${selectedOf(listing, page)}
    from (
      select * from (${arms.map((arm) => `(${arm})`).join(' union all ')}) found
      order by place ${direction}, id ${direction} ${limited}
    ) page
    join ${listing.from} on x.id = page.id
    order by page.place ${direction}, page.id ${direction}`
  return ask(db, isQuick, text, values)
}

async function ask<One extends object>(
  { pool, quick }: Databases,
  isQuick: boolean,
  text: string,
  values: unknown[],
): Promise<One[]> {
  return isQuick ? quick.query<One>(text, values) : (await pool.query<One>(text, values)).rows
}

// Each parent's rows are numbered only if there are more than all their pages can hold: numbering takes PostgreSQL half
// as long again.
async function readFew<Model>(
  { quick }: Databases,
  listing: Listing,
  page: Page,
  parents: readonly string[],
): Promise<Read<Model>[]> {
  const { values, select, where, inOrder } = createPageStatement(listing, page)
  const parentId = `${listing.parent} as "parentId", `
  const conditions = [`${listing.parent} = any($${values.push(parents)}::text[])`, ...where]
  const most = parents.length * page.limit
  const flat = `${select(parentId, conditions)} ${inOrder} limit $${values.length + 1}`
  const rows = await quick.query<Read<Model> & object>(flat, [...values, most + 1])
  if (rows.length <= most) return rows
  const place = `row_number() over (partition by ${listing.parent} ${inOrder}) as place, `
  const counted = select(place + parentId, conditions)
  const text = `select * from (${counted}) page where place <= $${values.length + 1} order by place`
  return quick.query<Read<Model> & object>(text, [...values, page.limit])
}
