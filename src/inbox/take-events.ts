import { appendChanges } from '../changes/append.ts'
import { byHand } from '../changes/by-hand.ts'
import type { Database, Tx } from '../db/database.ts'
import { lockDirectories } from '../db/lock-directories.ts'
import { IS_OWN_EVENT } from '../db/own-event.ts'
import { inTransaction } from '../db/transaction.ts'
import { releaseFollowers } from '../guard/release-followers.ts'
import type { EventChoice, TakenEvents } from '../operations/event-actions.ts'
import { COUNTED, countMarked, MARKED, type Marked } from '../stats/count-marked.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally, type Tally } from '../stats/tally.ts'
import { tellEvents } from './tell-events.ts'

/** The most events that one action takes. */
const MAX_EVENTS = 10_000

interface Taking {
  readonly kind: 'EVENTS_REPLAYED' | 'EVENTS_DISCARDED'
  /** Replaces the error. */
  readonly reason: string | null
  readonly actor: string
  readonly most?: number
  /** Called after events that had waited behind the taken ones are released. */
  readonly onReleased?: () => void
}

/**
 * Updates the oldest of the chosen events, and records this in the change log: one change per directory, with the
 * actor, committed with what it reports (law 4).
 */
export async function takeEvents(db: Database, choice: EventChoice, taking: Taking, now: Date): Promise<TakenEvents> {
  const { kind, reason, most = MAX_EVENTS, onReleased } = taking
  let released = 0
  const taken = await inTransaction(db.pool, async (tx) => {
    const locked = choice.statuses.includes('HELD') ? await lockHolding(tx, choice) : []
    const chosen = await choose(tx, choice, { kind, locked, limit: most + 1 })
    const events = chosen.slice(0, most)
    const ids = events.map(({ id }) => id)
    const tally = createTally()
    if (ids.length > 0) await (kind === 'EVENTS_REPLAYED' ? replay(tx, ids) : discard(tx, ids, reason, tally))
    const holding = new Set(events.filter(({ held }) => held).map(({ directoryId }) => directoryId!))
    for (const directoryId of holding) released += await releaseFollowers(tx, directoryId)
    await appendChanges(tx, await tellEvents(tx, events, byHand(taking, now), taking))
    await recordTally(tx, tally)
    return { ids, hasMore: chosen.length > most }
  })
  if (released > 0) onReleased?.()
  return taken
}

async function replay(tx: Tx, ids: readonly string[]): Promise<void> {
  const text = `
    update inbox_event set status = 'PENDING', error = null, next_attempt_at = null, attempts = 0, released_at = now()
    where id = any($1)`
  await tx.query(text, [ids])
}

// A held event is counted in the statistics only now that its outcome is settled.
async function discard(tx: Tx, ids: readonly string[], reason: string | null, tally: Tally): Promise<void> {
  const text = `
    update inbox_event e set status = 'DISCARDED', error = $2, next_attempt_at = null, ${COUNTED}
    where e.id = any($1)
    returning ${MARKED}`
  const { rows } = await tx.query<Marked>(text, [ids, reason])
  for (const row of rows) countMarked(tally, row)
}

interface Chosen {
  readonly id: string
  readonly directoryId: string | null
  readonly held: boolean
}

// Locked until they are updated: another caller may choose the same ones at the same time, and then finds them taken.
async function choose(
  tx: Tx,
  choice: EventChoice,
  { kind, locked, limit }: { kind: Taking['kind']; locked: readonly string[]; limit: number },
): Promise<Chosen[]> {
  const { conditions, values } = conditionsOf(choice)
  // Events of no directory cannot be applied.
  if (kind === 'EVENTS_REPLAYED') conditions.push('directory_id is not null')
  conditions.push(`(status <> 'HELD' or directory_id = any($${values.push(locked)}::text[]))`)
  const { rows } = await tx.query<Chosen>(
    `select id, directory_id as "directoryId", status = 'HELD' as held from inbox_event where ${conditions.join(' and ')}
     order by received_at, id limit $${values.push(limit)} for no key update`,
    values,
  )
  return rows
}

// The guard decides under the lock of the directory, and so do decisions about what it holds.
async function lockHolding(tx: Tx, choice: EventChoice): Promise<string[]> {
  const { conditions, values } = conditionsOf({ ...choice, statuses: ['HELD'] })
  const { rows } = await tx.query<{ id: string }>(
    `select distinct directory_id as id from inbox_event where ${conditions.join(' and ')}`,
    values,
  )
  const ids = rows.map(({ id }) => id)
  await lockDirectories(tx, ids)
  return ids
}

function conditionsOf(choice: EventChoice): { conditions: string[]; values: unknown[] } {
  const { ids, statuses, types, directoryIds, ownerId, receivedAfter } = choice
  const values: unknown[] = [statuses]
  const conditions = ['status = any($1::"EventStatus"[])']
  if (ids !== undefined) conditions.push(`id = any($${values.push(ids)}::text[])`)
  if (types !== undefined) conditions.push(`type = any($${values.push(types)}::text[])`)
  if (directoryIds !== undefined) conditions.push(`directory_id = any($${values.push(directoryIds)}::text[])`)
  if (ownerId !== undefined) conditions.push(isOwnedBy(`$${values.push(ownerId)}`))
  if (receivedAfter !== undefined) conditions.push(`received_at > $${values.push(receivedAfter)}`)
  return { conditions, values }
}

// What happened while the directory belonged to another organization is not for its present owner (law 8).
const isOwnedBy = (ownerId: string) => `exists (
  select from directory d where d.id = directory_id and d.organization_id = ${ownerId}
    and ${IS_OWN_EVENT})`
