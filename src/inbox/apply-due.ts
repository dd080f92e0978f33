import { settleNext } from '../accounts/settle-next.ts'
import type { Database, Tx } from '../db/database.ts'
import { describeDatabaseError, isPassing } from '../db/errors.ts'
import { tryLockDirectories } from '../db/lock-directories.ts'
import { inTransaction } from '../db/transaction.ts'
import type { GuardRule } from '../guard/threshold.ts'
import { restAfter, UpstreamError } from '../operations/upstream-error.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally, type Tally } from '../stats/tally.ts'
import { cascade } from '../sync/cascade.ts'
import { remapAttributes } from '../sync/remap-attributes.ts'
import { findUnfinished, type Unfinished } from '../sync/unfinished.ts'
import { GONE, type LeftOut } from '../workos/decode.ts'
import { applyBatch, BatchError, type Batch, type Expect, type SettledEvent } from './apply-batch.ts'
import type { ClaimedEvent, ClaimRequest } from './claim.ts'
import type { Completer } from './completer.ts'
import { findWork, NONE } from './find-work.ts'
import { markAttempt, markCascaded, markEvents } from './mark.ts'
import type { NamedDirectories } from './named-directories.ts'
import type { ThinEvent } from './read-claimed.ts'
import type { Turn } from './turns.ts'

/** Asks WorkOS for an object: its JSON, or `gone` if WorkOS does not know it. Throws if it cannot tell. */
type Complete = (missing: LeftOut) => Promise<{ readonly json: unknown } | 'gone'>

export interface ApplyLog {
  applied(batch: Batch, milliseconds: number): void
  /** `eventId` is null if it was not one event's fault. */
  failed(eventId: string | null, error: string): void
  /** Called for a finished event that no batch has settled. */
  settled?(event: SettledEvent): void
}

export interface ApplyContext {
  readonly db: Database
  readonly now: () => Date
  readonly complete: Complete
  readonly log: ApplyLog
  /** Called with what is appended to the change log. */
  readonly expect?: Expect
  /** How much events may remove without approval, in directories without thresholds of their own. */
  readonly guard: GuardRule
  /** The most events in one transaction. */
  readonly batchSize: number
  readonly stopped: () => boolean
  /** Runs the requests to WorkOS for what thin events leave out. */
  readonly completer: Completer
}

/**
 * Does one transaction's worth of what is due, beginning with the directories after the given one, and one of what is
 * unfinished. Returns the directory to continue after; null if nothing could be done, because nothing is due or others
 * are working on it. Throws the database's error if it cannot work at all.
 */
export async function applyDue(
  context: ApplyContext,
  after: string,
  turn?: Turn,
  named?: NamedDirectories,
): Promise<string | null> {
  // While other loops are busy with a lot, do not ask whether little is left.
  const few = turn?.othersAreLong() === true ? NONE : Math.floor(context.batchSize / 2)
  const { due, areFew, unfinished, unsettled } = await findWork(context.db.pool, after, few)
  named?.looked(areFew)
  const free = turn === undefined ? due : due.filter((id) => !turn.isTaken(id))
  named?.forget(free)
  const last =
    free.length === 0
      ? null
      : await applyDirectories(context, { directoryIds: free, areFew, turn, limit: context.batchSize })
  if (unfinished || unsettled) turn?.leave()
  // Even if there were events: a deletion must not wait until no more come (law 6).
  const carriedOn = unfinished && !context.stopped() && (await carryOnNext(context))
  const settled = unsettled && !context.stopped() && (await settleNext(context.db))
  return last ?? (carriedOn || settled ? after : null)
}

/**
 * Does one transaction's worth of directories that are said to have events, without looking first. Returns whether they
 * had any.
 */
export async function applyTold(context: ApplyContext, directoryIds: readonly string[], turn: Turn): Promise<boolean> {
  const request = { directoryIds, areFew: true, turn, limit: context.batchSize }
  return (await applyDirectories(context, request)) !== null
}

async function applyDirectories(context: ApplyContext, request: ClaimRequest): Promise<string | null> {
  try {
    const batch = await applyLogged(context, request)
    if (batch === null) return null
    completeLater(context, batch)
    return batch.directoryIds.at(-1)!
  } catch (error) {
    if (!isEventsFault(error)) throw error
    // One of many events cannot be written. Applied one by one, only that one is postponed, and nothing waits for it.
    for (const event of error.events) if (!context.stopped()) await applyAlone(context, event)
    return error.events.at(-1)!.directoryId
  }
}

async function applyAlone(context: ApplyContext, event: ClaimedEvent): Promise<void> {
  const { id, directoryId } = event
  try {
    const batch = await applyLogged(context, { directoryIds: [directoryId], eventId: id })
    if (batch !== null) completeLater(context, batch)
  } catch (error) {
    if (!isEventsFault(error)) throw error
    await putOff(context, event, error.cause)
  }
}

// Not in the loop that applies: while WorkOS does not answer, complete events of others would wait for it.
function completeLater(context: ApplyContext, { thin }: Batch): void {
  for (const one of thin) context.completer.add(() => completeThin(context, one))
}

async function completeThin(context: ApplyContext, event: ThinEvent): Promise<void> {
  const { id, directoryId, missing } = event
  try {
    const found = new Map<string, unknown>()
    for (const one of missing) {
      const answer = await context.complete(one)
      // Memberships are not announced again: whoever is gone may return, and then still has them.
      if (answer === 'gone' && event.type === 'dsync.group.user_added') found.set(one.id, GONE)
      else if (answer === 'gone') {
        const mark = { id, status: 'IGNORED', error: `WorkOS no longer knows ${one.id}` } as const
        await counted(context.db, (tx, tally) => markEvents(tx, [mark], tally))
        return context.log.settled?.({ ...event, status: mark.status })
      } else found.set(one.id, answer.json)
    }
    await applyLogged(context, { directoryIds: [directoryId], eventId: id }, found)
  } catch (error) {
    if (isPassing(error) || (error instanceof BatchError && isPassing(error.cause))) throw error
    await putOff(context, event, error instanceof BatchError ? error.cause : error)
  }
}

async function applyLogged(
  context: ApplyContext,
  request: ClaimRequest,
  completions?: Map<string, unknown>,
): Promise<Batch | null> {
  const started = performance.now()
  const { db, now, guard, completer, expect } = context
  const batch = await applyBatch(db, request, { guard, now, room: completer.room(), completions, expect })
  if (batch !== null) context.log.applied(batch, performance.now() - started)
  return batch
}

async function putOff(
  context: ApplyContext,
  event: Omit<SettledEvent, 'status'> & { readonly id: string },
  cause: unknown,
): Promise<void> {
  const error = describeDatabaseError(cause)
  context.log.failed(event.id, error)
  // While WorkOS does not answer, no event that it has to complete is given up.
  const isOfAll = cause instanceof UpstreamError && cause.retryable
  const failure = { error, isOfAll, restMs: restAfter(cause) }
  const given = await counted(context.db, (tx, tally) => markAttempt(tx, event.id, failure, tally))
  if (given === 'FAILED') context.log.settled?.({ ...event, status: given })
}

// Does one chunk of the first unfinished task that no other worker has locked. One that cannot be written does not hold
// up the others.
async function carryOnNext(context: ApplyContext): Promise<boolean> {
  for (const unfinished of await findUnfinished(context.db.pool)) {
    try {
      if (await carryOn(context.db, unfinished)) return true
    } catch (error) {
      if (isPassing(error)) throw error
      const { kind, directoryId } = unfinished
      context.log.failed(null, `${kind} of ${directoryId}: ${describeDatabaseError(error)}`)
    }
  }
  return false
}

const CARRY_ON = { cascade, remap: remapAttributes } as const

async function carryOn(db: Database, { kind, directoryId }: Unfinished): Promise<boolean> {
  return counted(db, async (tx, tally) => {
    const [locked] = await tryLockDirectories(tx, [directoryId])
    if (locked === undefined) return false
    const appended = await CARRY_ON[kind](tx, locked)
    await markCascaded(tx, appended)
    tally.changes(appended)
    return true
  })
}

// Counts commit with what they count.
function counted<T>(db: Database, work: (tx: Tx, tally: Tally) => Promise<T>): Promise<T> {
  return inTransaction(db.pool, async (tx) => {
    const tally = createTally()
    const result = await work(tx, tally)
    await recordTally(tx, tally)
    return result
  })
}

// Excludes the database's condition, and failures before there were events.
function isEventsFault(error: unknown): error is BatchError {
  return error instanceof BatchError && error.events.length > 0 && !isPassing(error.cause)
}
