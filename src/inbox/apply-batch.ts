import type { Database, Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { SyncEvent } from '../directory/events.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally } from '../stats/tally.ts'
import { applyEvents, type Arrival } from '../sync/apply-events.ts'
import { requestRun } from '../sync/request-run.ts'
import { decode, type Completions, type Missing } from '../workos/decode.ts'
import { claimEvents, type ClaimedEvent, type ClaimRequest } from './claim.ts'
import { leaseEvents, markEvents, type Mark } from './mark.ts'

/** An event of the thin form, and what WorkOS has to be asked for before it can be applied. */
export interface ThinEvent {
  readonly id: string
  readonly directoryId: string
  readonly missing: readonly Missing[]
  /** Attempts so far. */
  readonly attempts: number
}

export interface Batch {
  /** Events that are done with: applied, stale, ignored or failed for good. */
  readonly marks: readonly Mark[]
  readonly changes: number
  /** Whom this instance is to complete: nobody else gets them for a while. */
  readonly thin: readonly ThinEvent[]
  readonly directoryIds: readonly string[]
  /** When each applied event had come in. */
  readonly receivedAt: readonly Date[]
}

/** Longer than WorkOS may take to answer for two objects; if this process is killed meanwhile, so long is the delay. */
const LEASE_S = 60
const CROWDED_S = 1

/** A batch that was rolled back: the events that it held, and as `cause` why. */
export class BatchError extends Error {
  readonly events: readonly ClaimedEvent[]

  constructor(events: readonly ClaimedEvent[], cause: unknown) {
    super('The batch was rolled back', { cause })
    this.name = 'BatchError'
    this.events = events
  }
}

/**
 * One transaction, one story (law 4): claims events of directories that nobody else works on, applies them in order, and
 * marks them. Thin ones are left, and so many as there is room for are this instance's to complete. Null where there was
 * nothing to claim. Throws BatchError, after which all is as it was.
 */
export async function applyBatch(
  db: Database,
  request: ClaimRequest,
  room: number,
  completions: Completions = new Map(),
): Promise<Batch | null> {
  let claimed: ClaimedEvent[] = []
  try {
    return await inTransaction(db.pool, async (tx) => {
      claimed = await claimEvents(tx, request)
      return claimed.length === 0 ? null : applyClaimed(tx, claimed, room, completions)
    })
  } catch (error) {
    throw new BatchError(claimed, error)
  }
}

async function applyClaimed(
  tx: Tx,
  claimed: readonly ClaimedEvent[],
  room: number,
  completions: Completions,
): Promise<Batch> {
  const marks: Mark[] = []
  const thin: ThinEvent[] = []
  const arrivals: Arrival[] = []
  for (const raw of claimed) {
    const decoded = decode(raw, completions)
    if (decoded.kind === 'malformed') marks.push({ id: raw.id, status: 'FAILED', error: decoded.error })
    else if (decoded.kind === 'thin') thin.push({ ...raw, missing: decoded.missing })
    else arrivals.push({ event: decoded.event satisfies SyncEvent, source: raw.source })
  }
  const { outcomes, appended } = await applyEvents(tx, arrivals)
  // Whoever connects a directory has people in it whom no event tells of, or whose events are late.
  for (const { event } of arrivals) {
    if (event.type === 'dsync.activated' && outcomes.get(event.id)?.status === 'APPLIED')
      await requestRun(tx, { directoryId: event.directoryId, kind: 'BACKFILL' })
  }
  for (const [id, outcome] of outcomes)
    marks.push({ id, status: outcome.status, error: 'error' in outcome ? outcome.error : null })
  const tally = createTally()
  tally.changes(appended)
  await markEvents(tx, marks, tally)
  const own = thin.slice(0, room)
  await leaseEvents(tx, own, LEASE_S)
  await leaseEvents(tx, thin.slice(room), CROWDED_S)
  await recordTally(tx, tally)
  const directoryIds = [...new Set(claimed.map((event) => event.directoryId))]
  const receivedAt = claimed.filter(({ id }) => outcomes.get(id)?.status === 'APPLIED').map((event) => event.receivedAt)
  return { marks, changes: appended?.drafts.length ?? 0, thin: own, directoryIds, receivedAt }
}
