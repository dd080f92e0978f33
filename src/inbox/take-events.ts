import { appendChanges, type ChangeDraft } from '../changes/append.ts'
import type { Database, Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { EventChoice, TakenEvents } from '../directory/event-actions.ts'

/** Events that one action takes, at the most. */
export const MOST_EVENTS = 10_000

const STATUS = { EVENTS_REPLAYED: 'PENDING', EVENTS_DISCARDED: 'DISCARDED' } as const

export interface Taking {
  readonly kind: 'EVENTS_REPLAYED' | 'EVENTS_DISCARDED'
  /** Stands where the error did. */
  readonly reason: string | null
  readonly actor: string
  readonly most?: number
}

/**
 * Changes the oldest of the events that are chosen, and tells so in the change log: one change for each directory, with
 * the actor, committed with what it tells of (law 4).
 */
export async function takeEvents(db: Database, choice: EventChoice, taking: Taking, now: Date): Promise<TakenEvents> {
  const { most = MOST_EVENTS } = taking
  return inTransaction(db.pool, async (tx) => {
    // What has no directory cannot be applied.
    const where = taking.kind === 'EVENTS_REPLAYED' ? ['directory_id is not null'] : []
    const chosen = await choose(tx, choice, where, most + 1)
    const taken = chosen.slice(0, most)
    const ids = taken.map(({ id }) => id)
    if (ids.length > 0)
      await tx.query(
        `update inbox_event set status = $2::"EventStatus", error = $3, next_attempt_at = null,
                attempts = case when $2::"EventStatus" = 'PENDING' then 0 else attempts end
         where id = any($1)`,
        [ids, STATUS[taking.kind], taking.reason],
      )
    await appendChanges(tx, await draftsOf(tx, taken, taking, now))
    return { ids, hasMore: chosen.length > most }
  })
}

interface Chosen {
  readonly id: string
  readonly directoryId: string | null
}

// Locked until they are changed: somebody else may choose the same at the same time, and then finds them taken.
async function choose(tx: Tx, choice: EventChoice, where: readonly string[], limit: number): Promise<Chosen[]> {
  const { ids, statuses, types, directoryIds, receivedAfter } = choice
  const values: unknown[] = [statuses]
  const conditions = ['status = any($1::"EventStatus"[])', ...where]
  if (ids !== undefined) conditions.push(`id = any($${values.push(ids)}::text[])`)
  if (types !== undefined) conditions.push(`type = any($${values.push(types)}::text[])`)
  if (directoryIds !== undefined) conditions.push(`directory_id = any($${values.push(directoryIds)}::text[])`)
  if (receivedAfter !== undefined) conditions.push(`received_at > $${values.push(receivedAfter)}`)
  const { rows } = await tx.query<Chosen>(
    `select id, directory_id as "directoryId" from inbox_event where ${conditions.join(' and ')}
     order by received_at, id limit $${values.push(limit)} for no key update`,
    values,
  )
  return rows
}

async function draftsOf(
  tx: Tx,
  events: readonly Chosen[],
  { kind, reason, actor }: Taking,
  now: Date,
): Promise<ChangeDraft[]> {
  // What could not be read is of no directory: its change is found by who sees all.
  const byDirectory = Map.groupBy(events, ({ directoryId }) => directoryId ?? '')
  const { rows } = await tx.query<{ id: string; organizationId: string | null }>(
    'select id, organization_id as "organizationId" from directory where id = any($1)',
    [[...byDirectory.keys()]],
  )
  const organizations = new Map(rows.map(({ id, organizationId }) => [id, organizationId]))
  return [...byDirectory].map(([directoryId, ofDirectory]) => ({
    kind,
    directoryId,
    organizationId: organizations.get(directoryId) ?? null,
    userId: null,
    groupId: null,
    changedFields: [],
    previous: null,
    source: 'MUTATION',
    eventId: ofDirectory.length === 1 ? ofDirectory[0]!.id : null,
    actor,
    detail: { count: ofDirectory.length, reason },
    occurredAt: now,
  }))
}
