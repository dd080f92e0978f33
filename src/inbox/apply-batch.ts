import type { Appended } from '../changes/append.ts'
import type { Database, Tx } from '../db/database.ts'
import { together } from '../db/together.ts'
import { inFlights } from '../db/transaction.ts'
import type { GuardRule } from '../guard/threshold.ts'
import { labelOf } from '../directory/removal.ts'
import { ownersOf, type Owners } from '../stats/owners-of.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally } from '../stats/tally.ts'
import { applyEvents, type Arrival, type Verdicts } from '../sync/apply-events.ts'
import { requestBackfill } from '../sync/request-run.ts'
import type { Completions } from '../workos/decode.ts'
import { endHolds } from '../guard/end-holds.ts'
import { claimEvents, type ClaimedEvent, type ClaimRequest } from './claim.ts'
import { holdBack } from '../guard/hold-back.ts'
import { lookAhead, type Suspect } from '../guard/look-ahead.ts'
import { leaseEvents, markEvents, type Mark } from './mark.ts'
import { readClaimed, separateThin, type ReadEvent, type ThinEvent } from './read-claimed.ts'
import { relabel } from './relabel.ts'

export interface Batch {
  /** Finished events: applied, stale, ignored or failed for good. */
  readonly marks: readonly Mark[]
  /** How many events the guard held. */
  readonly held: number
  /** What it appended to the change log; null if nothing. */
  readonly appended: Appended | null
  /** Thin events that this instance is to complete: leased, so that no other instance gets them for a while. */
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

interface BatchOptions {
  readonly guard: GuardRule
  readonly now: () => Date
  /** How many thin events this instance can complete. */
  readonly room: number
  /** What WorkOS has answered about thin events. */
  readonly completions?: Completions | undefined
  readonly expect?: Expect | undefined
}

/**
 * Claims events of directories that no other worker has locked, applies them in order, and marks them, in one
 * transaction (law 4). Thin events, whose objects WorkOS has to be asked for, are skipped, and up to `room` of them are
 * leased to this instance for that. Returns null if there was nothing to claim. Throws BatchError, after which
 * everything is as it was.
 */
export async function applyBatch(db: Database, request: ClaimRequest, options: BatchOptions): Promise<Batch | null> {
  const { guard, expect } = options
  let claimed: readonly ClaimedEvent[] = []
  let tell: ReturnType<Expect> | undefined
  try {
    const batch = await inFlights(db.pool, {
      // Sent right behind the claim, this knows what the claim locks first. For a single event, which may have to wait
      // for its lock, it is asked later.
      first: (tx) => together(claimEvents(tx, request), 'eventId' in request ? null : lookAhead(tx, null, guard)),
      async rest(tx, [{ events, atOnce }, seen]) {
        claimed = events
        if ('turn' in request) request.turn?.took(new Set(claimed.map((event) => event.directoryId)), claimed.length)
        if (claimed.length === 0) return { result: null, last: nothing }
        const applied = await applyClaimed(tx, claimed, atOnce ? seen : null, options)
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
  { guard, now, room, completions = new Map() }: BatchOptions,
): Promise<{ result: Batch; last: Promise<void> }> {
  const { failed, read } = readClaimed(claimed, completions)
  const held = await hold(tx, read, { guard, now }, suspects)
  const { arrivals, unread, thin } = separateThin(read.filter(({ raw }) => !held.ids.has(raw.id)))

  const tally = createTally()
  const directoryIds = [...new Set(claimed.map((event) => event.directoryId))]
  // The guard does not count approved events.
  const approved = new Set(claimed.filter((event) => event.approved).map(({ id }) => id))
  let marks: readonly Mark[] = failed
  let owners: Owners = new Map()
  const note = async ({ outcomes, taken }: Verdicts): Promise<void> => {
    const applied = [...outcomes].map(([id, outcome]) => {
      const error = 'error' in outcome ? outcome.error : (unread.get(id) ?? null)
      return { id, status: outcome.status, error, taken: approved.has(id) ? undefined : taken.get(id) }
    })
    marks = [...failed, ...applied]
    ;[, owners] = await together(markEvents(tx, marks, tally), ownersOf(tx, directoryIds))
  }
  const { outcomes, appended } = await applyEvents(tx, arrivals, held.changes, note)
  await followUp(
    tx,
    arrivals.filter(({ event }) => outcomes.get(event.id)?.status === 'APPLIED'),
  )
  tally.changes(appended)

  const own = thin.slice(0, room)
  await leaseEvents(tx, own, LEASE_S)
  await leaseEvents(tx, thin.slice(room), CROWDED_S)
  const settled = settledOf(claimed, marks)
  return {
    result: { marks, held: held.ids.size, appended, thin: own, directoryIds, settled },
    last: recordTally(tx, tally, owners),
  }
}

async function hold(
  tx: Tx,
  read: readonly ReadEvent[],
  { guard, now }: Pick<BatchOptions, 'guard' | 'now'>,
  suspects: readonly Suspect[] | null,
) {
  const labels = read.flatMap(({ raw, decoded }) =>
    decoded.kind === 'thin' ? [] : [[raw, labelOf(decoded.event)] as const],
  )
  const relabelled = await relabel(tx, labels)
  const events = read.map(({ raw }) => raw)
  return holdBack(tx, events, guard, relabelled ? null : suspects, now)
}

/** What applied events of directories entail. */
async function followUp(tx: Tx, applied: readonly Arrival[]): Promise<void> {
  for (const arrival of applied) {
    const { type, directoryId } = arrival.event
    // A directory that was just connected has users that no event reports, or whose events are late.
    if (type === 'dsync.activated') await requestBackfill(tx, directoryId)
    if (type === 'dsync.deleted') await endHolds(tx, arrival)
  }
}

function settledOf(claimed: readonly ClaimedEvent[], marks: readonly Mark[]): SettledEvent[] {
  const byId = new Map(claimed.map((event) => [event.id, event]))
  return marks.map(({ id, status }) => {
    const { type, receivedAt } = byId.get(id)!
    return { type, status, receivedAt }
  })
}
