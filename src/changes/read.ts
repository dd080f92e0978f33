import type { Database, Queryable } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import type { ChangeKind } from '../directory/change-kinds.ts'
import type { ChangeSource } from '../directory/changes.ts'
import type { JsonObject } from '../directory/objects.ts'
import { stampOf, type Place } from './cursor.ts'
import { toConditions, type ChangeFilter } from './filter.ts'
import { toStatement, walksOf, type Walk } from './walks.ts'

/** A change as stored in the log. */
export interface StoredChange {
  readonly position: number
  readonly kind: ChangeKind
  readonly directoryId: string
  readonly organizationId: string | null
  readonly directoryUserId: string | null
  readonly directoryGroupId: string | null
  readonly accountId: string | null
  readonly roleId: string | null
  readonly changedFields: string[]
  readonly previous: JsonObject | null
  readonly source: ChangeSource
  readonly eventId: string | null
  readonly actor: string | null
  readonly detail: JsonObject | null
  readonly occurredAt: Date
  readonly recordedAt: Date
}

/** How far the log reaches: it holds the changes after `purgedThrough`, up to `head`. */
export interface Clock {
  readonly head: number
  readonly purgedThrough: number
}

export async function readClock(db: Queryable): Promise<Clock> {
  const text = 'select position as head, purged_through as "purgedThrough" from change_clock'
  return onlyRow(await db.query<Clock>({ name: 'read-clock', text }))
}

export async function readCursorKey(db: Queryable): Promise<Buffer> {
  return onlyRow(await db.query<{ cursor_key: Buffer }>('select cursor_key from change_clock')).cursor_key
}

/** Whether places are of this log: if the database was restored from a backup, other changes may be there. */
export async function areOfThisLog(db: Pick<Database['quick'], 'query'>, places: readonly Place[]): Promise<boolean[]> {
  const stamped = places.filter(({ stamp }) => stamp !== null).map(({ position }) => position)
  const text = 'select position, recorded_at as "recordedAt" from change where position = any($1::bigint[])'
  const rows = stamped.length === 0 ? [] : await db.query<{ position: number; recordedAt: Date }>(text, [stamped])
  const stamps = new Map(rows.map(({ position, recordedAt }) => [position, stampOf(recordedAt)]))
  return places.map(({ position, stamp }) => stamp === null || (stamps.get(position) ?? stamp) === stamp)
}

export interface PageRequest {
  readonly filter: ChangeFilter
  /** Exclusive. */
  readonly after?: number | undefined
  /** Exclusive. */
  readonly before?: number | undefined
  readonly limit: number
  /** Newest first. */
  readonly backwards?: boolean
  /** The columns of `change`, aliased as `x`, if not all are needed. */
  readonly columns?: string
}

/** A page of the log together with the clock, as of one moment. `quick` reads pages that need no search. */
export async function readChanges(
  db: Queryable,
  request: PageRequest,
  quick?: Quick,
): Promise<Clock & { changes: StoredChange[] }> {
  for (const walk of walksOf(request.filter)) {
    const rows = await read<Row>(db, quick, walk, timed(walk, request))
    const { head, purgedThrough } = rows[0]!
    const changes = changesOf(walk, rows, request.limit)
    if (changes !== null) return { head, purgedThrough, changes }
  }
  throw new Error('The last walk goes to the end')
}

/** A page of the log, in less time without the clock. */
export async function readPage(db: Queryable, request: PageRequest, quick: Quick): Promise<StoredChange[]> {
  for (const walk of walksOf(request.filter)) {
    if (walk.most === null) return read<StoredChange>(db, quick, walk, untimed(walk, request))
    const changes = changesOf(walk, await read<Row>(db, quick, walk, timed(walk, request)), request.limit)
    if (changes !== null) return changes
  }
  throw new Error('The last walk goes to the end')
}

type Quick = Database['quick']

async function read<Found extends object>(
  db: Queryable,
  quick: Quick | undefined,
  walk: Walk,
  [text, values]: Statement,
): Promise<Found[]> {
  return quick !== undefined && isWhole(walk)
    ? quick.query<Found>(text, values)
    : (await db.query<Found>(text, values)).rows
}

/** The page if it is whole; null if the walk was given up before. */
function changesOf({ most }: Walk, rows: readonly Row[], limit: number): StoredChange[] | null {
  const changes = rows.filter((row) => row.position !== null)
  return most === null || rows[0]!.walked < most || changes.length === limit ? changes : null
}

/** Whether every change that is walked past belongs to the page. */
const isWhole = ({ column, rest }: Walk): boolean =>
  Object.keys(rest).length === 0 && (column === null || column.wanted.length === 1)

type Row = Clock & StoredChange & { readonly position: number | null; readonly walked: number }

type Statement = [text: string, values: unknown[]]

function untimed(walk: Walk, { columns = CHANGE_COLUMNS, ...request }: PageRequest): Statement {
  const values: unknown[] = []
  return [toStatement(walk, columns, rangeOf(walk, request, values), values), values]
}

// Selects the clock with each row, and in one row if there are none.
function timed(walk: Walk, request: PageRequest): Statement {
  const { limit, backwards = false, columns = CHANGE_COLUMNS } = request
  const values: unknown[] = []
  const range = rangeOf(walk, request, values)
  const order = `order by position ${backwards ? 'desc' : 'asc'}`
  const pageOf = (page: string, walked: string) => `
    select clock.position as head, clock.purged_through as "purgedThrough", ${walked} as walked, page.*
    from change_clock clock left join lateral (${page}) page on true ${order.replace('position', 'page.position')}`
  if (walk.most === null) return [pageOf(toStatement(walk, columns, range, values), '0'), values]
  const fits = range.conditions.length === 0 ? 'true' : range.conditions.join(' and ')
  const walked = toStatement(walk, `position, ${fits} as fits`, range, values)
  const page = `
    select ${columns} from change x
    where position = any(array(select position from walked where fits ${order} limit ${limit}))`
  return [`with walked as materialized (${walked}) ${pageOf(page, '(select count(*) from walked)')}`, values]
}

function rangeOf({ rest }: Walk, request: Omit<PageRequest, 'columns'>, values: unknown[]) {
  const { after, before, limit, backwards = false } = request
  return { bounds: { after, before, backwards }, conditions: toConditions(rest, values), limit }
}

/** The columns of `change`, named as in StoredChange. */
export const CHANGE_COLUMNS = `
  position, kind, directory_id as "directoryId", organization_id as "organizationId", user_id as "directoryUserId",
  group_id as "directoryGroupId", account_id as "accountId", role_id as "roleId",
  changed_fields as "changedFields", previous, source, event_id as "eventId", actor, detail,
  occurred_at as "occurredAt", recorded_at as "recordedAt"`

/** How many changes of the log match a filter. */
export async function countChanges(db: Queryable, filter: ChangeFilter): Promise<number> {
  const values: unknown[] = []
  const conditions = toConditions(filter, values)
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  return onlyRow(await db.query<{ count: number }>(`select count(*) from change ${where}`, values)).count
}
