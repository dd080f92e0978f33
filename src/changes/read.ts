import type { Queryable } from '../db/database.ts'
import type { ChangeKind, ChangeSource } from '../directory/changes.ts'
import type { JsonObject } from '../directory/objects.ts'
import { toConditions, type ChangeFilter } from './filter.ts'

/** A change as the log holds it. */
export interface StoredChange {
  readonly position: number
  readonly kind: ChangeKind
  readonly directoryId: string
  readonly organizationId: string | null
  readonly userId: string | null
  readonly groupId: string | null
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

/** How far the log reaches: it holds what is after `purgedThrough`, up to `head`. */
export interface Clock {
  readonly head: number
  readonly purgedThrough: number
}

export async function readClock(db: Queryable): Promise<Clock> {
  const text = 'select position as head, purged_through as "purgedThrough" from change_clock'
  return (await db.query<Clock>({ name: 'read-clock', text })).rows[0]!
}

export async function readCursorKey(db: Queryable): Promise<Buffer> {
  return (await db.query<{ cursor_key: Buffer }>('select cursor_key from change_clock')).rows[0]!.cursor_key
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
}

/** A page of the log together with the clock, as of one moment. */
export async function readChanges(db: Queryable, request: PageRequest): Promise<Clock & { changes: StoredChange[] }> {
  const { filter, after, before, limit, backwards = false } = request
  const values: unknown[] = []
  const conditions = toConditions(filter, values)
  if (after !== undefined) conditions.push(`position > $${values.push(after)}`)
  if (before !== undefined) conditions.push(`position < $${values.push(before)}`)
  const order = backwards ? 'desc' : 'asc'
  const text = `
    select clock.position as head, clock.purged_through as "purgedThrough", page.*
    from change_clock clock
    left join lateral (
      select ${CHANGE_COLUMNS} from change
      ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
      order by position ${order} limit $${values.push(limit)}
    ) page on true
    order by page.position ${order}`
  const { rows } = await db.query<Clock & StoredChange & { position: number | null }>(text, values)
  const { head, purgedThrough } = rows[0]!
  return { head, purgedThrough, changes: rows.filter((row) => row.position !== null) }
}

/** The columns of `change` in the names of StoredChange. */
export const CHANGE_COLUMNS = `
  position, kind, directory_id as "directoryId", organization_id as "organizationId", user_id as "userId",
  group_id as "groupId", account_id as "accountId", role_id as "roleId", changed_fields as "changedFields", previous, source, event_id as "eventId", actor, detail,
  occurred_at as "occurredAt", recorded_at as "recordedAt"`

/** How many changes of the log a filter lets through. */
export async function countChanges(db: Queryable, filter: ChangeFilter): Promise<number> {
  const values: unknown[] = []
  const conditions = toConditions(filter, values)
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  return (await db.query<{ count: number }>(`select count(*) as count from change ${where}`, values)).rows[0]!.count
}
