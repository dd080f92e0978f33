import type { ChangeKind } from '../directory/change-kinds.ts'
import type { ChangeSource } from '../directory/changes.ts'
import type { JsonObject } from '../directory/objects.ts'
import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { onRows } from '../db/recordset.ts'

/** A change that is not yet in the log. */
export interface ChangeDraft {
  readonly kind: ChangeKind
  /** Empty if it happened in none. */
  readonly directoryId: string
  readonly organizationId: string | null
  readonly directoryUserId: string | null
  readonly directoryGroupId: string | null
  /** Absent if it concerns none. */
  readonly accountId?: string | null
  readonly roleId?: string | null
  /** Fields by their names in the schema; empty if nothing was updated. */
  readonly changedFields: readonly string[]
  /** The former values of changedFields. */
  readonly previous: JsonObject | null
  readonly source: ChangeSource
  readonly eventId: string | null
  /** The caller who did it through the API; absent if no caller did. */
  readonly actor?: string
  /** Further details of this kind. */
  readonly detail?: JsonObject
  readonly occurredAt: Date
}

/**
 * NOTIFY channel rung when the log grows. The payload is the last position, or empty when webhook endpoints changed, so
 * that an idle fan-out also wakes.
 */
export const BELL = 'rollcall_changes'

export interface Appended {
  /** Of the last change. */
  readonly position: number
  /** Of all of them. */
  readonly recordedAt: Date
  readonly drafts: readonly ChangeDraft[]
}

/**
 * Appends to the change log, in the order given; null if there is nothing to append. The caller hands the result to a
 * tally, for the statistics (src/stats). Call it last in a transaction: updating the clock's only row makes every other
 * writer wait until this transaction ends, which is what makes the order of positions the order of commits (law 5),
 * without a gap.
 */
export function appendChanges(tx: Tx, drafts: readonly [ChangeDraft, ...ChangeDraft[]]): Promise<Appended>
export function appendChanges(tx: Tx, drafts: readonly ChangeDraft[]): Promise<Appended | null>
export async function appendChanges(tx: Tx, drafts: readonly ChangeDraft[]): Promise<Appended | null> {
  if (drafts.length === 0) return null
  const rows = drafts.map((draft, index) => ({
    n: index + 1,
    kind: draft.kind,
    directory_id: draft.directoryId,
    organization_id: draft.organizationId,
    user_id: draft.directoryUserId,
    group_id: draft.directoryGroupId,
    account_id: draft.accountId,
    role_id: draft.roleId,
    changed_fields: draft.changedFields,
    previous: draft.previous,
    source: draft.source,
    event_id: draft.eventId,
    actor: draft.actor,
    detail: draft.detail,
    occurred_at: draft.occurredAt,
  }))
  const isOfEndpoints = drafts.some(({ kind }) => kind.startsWith('WEBHOOK_ENDPOINT_'))
  const end = await tx.query<Omit<Appended, 'drafts'>>(APPEND(rows, rows.length, isOfEndpoints))
  return { ...onlyRow(end), drafts }
}

const APPEND = onRows({
  name: 'append-changes',
  columns: {
    n: 'integer',
    kind: '"ChangeKind"',
    directory_id: 'text',
    organization_id: 'text',
    user_id: 'text',
    group_id: 'text',
    account_id: 'text',
    role_id: 'text',
    changed_fields: 'text[]',
    previous: 'jsonb',
    source: '"ChangeSource"',
    event_id: 'text',
    actor: 'text',
    detail: 'jsonb',
    occurred_at: 'timestamptz',
  },
  others: 2,
  text: (rows) => `
  with clock as (
    update change_clock set position = position + $1 where id = 1 returning position, clock_timestamp()::timestamptz(3) as at
  ), appended as (
    insert into change (position, kind, directory_id, organization_id, user_id, group_id, account_id, role_id, changed_fields,
                        previous, source, event_id, actor, detail, occurred_at, recorded_at)
    select clock.position - $1 + r.n, r.kind, r.directory_id, r.organization_id, r.user_id, r.group_id, r.account_id, r.role_id,
           r.changed_fields, r.previous, r.source, r.event_id, r.actor, r.detail, r.occurred_at, clock.at
    from clock, ${rows}
  )
  select position, at as "recordedAt", pg_notify('${BELL}', case when $2 then '' else position::text end) from clock`,
})
