import type { Appended } from '../changes/append.ts'
import type { Database, Tx } from '../db/database.ts'
import { together } from '../db/together.ts'
import { inFlights } from '../db/transaction.ts'
import type { GuardRule } from '../directory/guard.ts'
import { labelOf } from '../directory/removal.ts'
import { ownersOf, type Owners } from '../stats/owners-of.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally } from '../stats/tally.ts'
import { applyEvents, type Arrival, type Verdicts } from '../sync/apply-events.ts'
import { requestBackfill } from '../sync/request-run.ts'
import { decode, type Completions, type Decoded, type LeftOut } from '../workos/decode.ts'
import { endHolds } from './end-holds.ts'
import { claimEvents, type ClaimedEvent, type ClaimRequest } from './claim.ts'
import { holdBack } from './hold-back.ts'
import { lookAhead, type Suspect } from './look-ahead.ts'
import { leaseEvents, markEvents, type Mark } from './mark.ts'
import { relabel } from './relabel.ts'

/** A thin event, and what WorkOS must be asked for before it can be applied. */
export interface ThinEvent {
  readonly id: string
  readonly type: string
  readonly receivedAt: Date
  readonly directoryId: string
  readonly missing: readonly LeftOut[]
  /** Attempts so far. */
  readonly attempts: number
}

export interface Batch {
  /** Finished events: applied, stale, ignored or failed for good. */
  readonly marks: readonly Mark[]
  /** How many events the guard held. */
  readonly held: number
  /** What it appended to the change log; null if nothing. */
  readonly appended: Appended | null
  /** Events that this instance is to complete: nobody else gets them for a while. */
  readonly thin: readonly ThinEvent[]
  readonly directoryIds: readonly string[]
  readonly settled: readonly SettledEvent[]
}

/** A finished event. */
export interface SettledEvent {
  readonly type: string
  readonly status: Mark['status']
  readonly receivedAt: Date
}

/** Longer than WorkOS may take to answer for two objects; if this process is killed meanwhile, this is the delay. */
const LEASE_S = 60
const CROWDED_S = 1

/** A batch was rolled back: the events in it and, as `cause`, why. */
export class BatchError extends Error {
  readonly events: readonly ClaimedEvent[]

  constructor(events: readonly ClaimedEvent[], cause: unknown) {
    super('The batch was rolled back', { cause })
    this.name = 'BatchError'
    this.events = events
  }
}

/** Called with what is about to be committed; returns a callback for whether it was. */
export type Expect = (appended: Appended) => (isCommitted: boolean) => void

/**
 * One transaction, one story (law 4): claims events of directories that nobody else is working on, applies them in
 * order, and marks them. Thin ones are left, and up to `room` of them are this instance's to complete. Null if there
 * was nothing to claim. Throws BatchError, after which everything is as it was.
 */
export async function applyBatch(
  db: Database,
  request: ClaimRequest,
  guard: GuardRule,
  room: number,
  completions: Completions = new Map(),
  expect?: Expect,
): Promise<Batch | null> {
  let claimed: readonly ClaimedEvent[] = []
  let tell: ReturnType<Expect> | undefined
  try {
    const batch = await inFlights(db.pool, {
      // Sent right behind the claim, this knows what the claim locks first. For a single event, which may have to wait
      // for its lock, it is asked later.
      first: (tx) => together(claimEvents(tx, request), 'eventId' in request ? null : lookAhead(tx, null, guard)),
      async rest(tx, [{ events, atOnce }, seen]) {
        claimed = events
        const suspects = atOnce ? seen : null
        if ('turn' in request) request.turn?.took(new Set(claimed.map((event) => event.directoryId)), claimed.length)
        if (claimed.length === 0) return { result: null, last: nothing }
        const applied = await applyClaimed(tx, claimed, suspects, guard, room, completions)
        if (applied.result.appended !== null) tell = expect?.(applied.result.appended)
        return applied
      },
    })
    tell?.(true)
    return batch
  } catch (error) {
    tell?.(false)
    throw new BatchError(claimed, error)
  }
}

const nothing = Promise.resolve()

async function applyClaimed(
  tx: Tx,
  claimed: readonly ClaimedEvent[],
  suspects: readonly Suspect[] | null,
  guard: GuardRule,
  room: number,
  completions: Completions,
): Promise<{ result: Batch; last: Promise<void> }> {
  const marks: Mark[] = []
  const read: { raw: ClaimedEvent; decoded: Exclude<Decoded, { kind: 'malformed' }> }[] = []
  for (const raw of claimed) {
    const decoded = decode(raw, completions)
    if (decoded.kind === 'malformed') marks.push({ id: raw.id, status: 'FAILED', error: decoded.error })
    else read.push({ raw, decoded })
  }
  const relabelled = await relabel(tx, read.flatMap(({ raw, decoded }) => (decoded.kind === 'thin' ? [] : [[raw, labelOf(decoded.event)]]))) // prettier-ignore
  const held = await holdBack(tx, read.map(({ raw }) => raw), guard, relabelled ? null : suspects) // prettier-ignore
  const thin: ThinEvent[] = []
  const arrivals: Arrival[] = []
  const unread = new Map<string, string | null>()
  for (const { raw, decoded } of read) {
    if (held.ids.has(raw.id)) continue
    if (decoded.kind === 'thin') thin.push({ ...raw, missing: decoded.missing })
    else {
      arrivals.push({ event: decoded.event, source: raw.source })
      unread.set(raw.id, decoded.unread)
    }
  }
  const tally = createTally()
  const directoryIds = [...new Set(claimed.map((event) => event.directoryId))]
  // The guard does not count approved events.
  const approved = new Set(claimed.filter((event) => event.approved).map(({ id }) => id))
  let owners: Owners = new Map()
  const note = async ({ outcomes, taken }: Verdicts): Promise<void> => {
    for (const [id, outcome] of outcomes) {
      const error = 'error' in outcome ? outcome.error : (unread.get(id) ?? null)
      marks.push({ id, status: outcome.status, error, taken: approved.has(id) ? undefined : taken.get(id) })
    }
    ;[, owners] = await together(markEvents(tx, marks, tally), ownersOf(tx, directoryIds))
  }
  const { outcomes, appended } = await applyEvents(tx, arrivals, held.changes, note)
  for (const arrival of arrivals) {
    const { type, id, directoryId } = arrival.event
    if (outcomes.get(id)?.status !== 'APPLIED') continue
    // A directory that was just connected has people whom no event reports, or whose events are late.
    if (type === 'dsync.activated') await requestBackfill(tx, directoryId)
    if (type === 'dsync.deleted') await endHolds(tx, arrival)
  }
  tally.changes(appended)
  const own = thin.slice(0, room)
  await leaseEvents(tx, own, LEASE_S)
  await leaseEvents(tx, thin.slice(room), CROWDED_S)
  const last = recordTally(tx, tally, owners)
  const byId = new Map(claimed.map((event) => [event.id, event]))
  const settled = marks.map(({ id, status }) => {
    const { type, receivedAt } = byId.get(id)!
    return { type, status, receivedAt }
  })
  return { result: { marks, held: held.ids.size, appended, thin: own, directoryIds, settled }, last }
}
