import type { Database, Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { SyncEvent } from '../directory/events.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally } from '../stats/tally.ts'
import { applyEvents, type Arrival } from '../sync/apply-events.ts'
import { requestRun } from '../sync/request-run.ts'
import { decode, type Completions, type Missing } from '../workos/decode.ts'
import { claimEvents, type ClaimedEvent, type ClaimRequest } from './claim.ts'
import { markEvents, type Mark } from './mark.ts'

/** An event of the thin form, and what WorkOS has to be asked for before it can be applied. */
export interface ThinEvent {
  readonly id: string
  readonly directoryId: string
  readonly missing: readonly Missing[]
}

export interface Batch {
  /** Events that are done with: applied, stale, ignored or failed for good. */
  readonly marks: readonly Mark[]
  readonly changes: number
  /** Left as they were. */
  readonly thin: readonly ThinEvent[]
  readonly directoryIds: readonly string[]
  /** When each applied event had come in. */
  readonly receivedAt: readonly Date[]
}

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
 * marks them. Null where there was nothing to claim. Throws BatchError, after which all is as it was.
 */
export async function applyBatch(
  db: Database,
  request: ClaimRequest,
  completions: Completions = new Map(),
): Promise<Batch | null> {
  let claimed: ClaimedEvent[] = []
  try {
    return await inTransaction(db.pool, async (tx) => {
      claimed = await claimEvents(tx, request)
      return claimed.length === 0 ? null : applyClaimed(tx, claimed, completions)
    })
  } catch (error) {
    throw new BatchError(claimed, error)
  }
}

async function applyClaimed(tx: Tx, claimed: readonly ClaimedEvent[], completions: Completions): Promise<Batch> {
  const marks: Mark[] = []
  const thin: ThinEvent[] = []
  const arrivals: Arrival[] = []
  for (const raw of claimed) {
    const decoded = decode(raw, completions)
    if (decoded.kind === 'malformed') marks.push({ id: raw.id, status: 'FAILED', error: decoded.error })
    else if (decoded.kind === 'thin') thin.push({ id: raw.id, directoryId: raw.directoryId, missing: decoded.missing })
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
  await recordTally(tx, tally)
  const directoryIds = [...new Set(claimed.map((event) => event.directoryId))]
  const receivedAt = claimed.filter(({ id }) => outcomes.get(id)?.status === 'APPLIED').map((event) => event.receivedAt)
  return { marks, changes: appended?.drafts.length ?? 0, thin, directoryIds, receivedAt }
}
