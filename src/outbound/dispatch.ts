import { ulid } from 'ulid'
import type { Database } from '../db/database.ts'
import { createRounds } from '../rounds.ts'
import { attempt, type AttemptOutcome } from './attempt.ts'
import { claimDeliveries, type ClaimedDelivery } from './claim.ts'
import type { Poster } from './post.ts'
import { settleAttempt, type Settled } from './settle-attempt.ts'

/** What is reported of an attempt: ids and numbers, no personal data. */
export interface AttemptReport {
  readonly endpointId: string
  readonly deliveryId: string
  readonly attempts: number
  readonly settled: Settled
  /** The response; null if there was none. */
  readonly status: number | null
  readonly milliseconds: number
}

interface DispatchOptions {
  readonly db: Database
  readonly poster: Poster
  /** Messages that this instance sends at once; 0: none. */
  readonly concurrency: number
  /** The longest that an attempt takes. */
  readonly timeoutMs: number
  readonly now: () => Date
  readonly random: () => number
  readonly closing: AbortSignal
  readonly report: (report: AttemptReport) => void
  readonly onError: (error: unknown) => void
}

interface Dispatch {
  /** Signals that a message may be due. */
  readonly nudge: () => void
  /**
   * Claims nothing more and waits briefly for attempts under way; the rest are then dropped as if they had not been
   * made.
   */
  close(): Promise<void>
}

/** Per endpoint, so that a slow one leaves room for others. */
const MAX_PER_ENDPOINT = 4
/** For what follows an attempt, before another instance may claim the message. */
const SPARE_MS = 5_000
const POLL_MS = 1_000
const PATIENCE_AT_CLOSE_MS = 5_000

/** Sends due messages until closed. Any number of instances share the work. */
export function startDispatch(options: DispatchOptions): Dispatch {
  const { db, poster, concurrency, timeoutMs, now, random, closing, report, onError } = options
  const underWay = new Map<Promise<void>, string>()
  const lettingGo = new AbortController()
  let after = ''

  async function claim(limit: number): Promise<ClaimedDelivery[]> {
    const busy = new Map<string, number>()
    for (const endpointId of underWay.values()) busy.set(endpointId, (busy.get(endpointId) ?? 0) + 1)
    const leaseMs = timeoutMs + SPARE_MS
    const request = { claim: ulid(), limit, busy, mostPerEndpoint: MAX_PER_ENDPOINT, after, leaseMs, now: now() }
    const claimed = await claimDeliveries(db.pool, request)
    // Start over if none came after.
    after =
      claimed
        .map(({ endpointId }) => endpointId)
        .toSorted()
        .at(-1) ?? ''
    return claimed
  }

  async function send(delivery: ClaimedDelivery, claimedAt: number): Promise<void> {
    const from = performance.now()
    // This process stalled for so long that the lease might end during the attempt: leave the message to another.
    if (from - claimedAt > SPARE_MS / 2) return
    const outcome: AttemptOutcome = await attempt(delivery, { poster, now, signal: lettingGo.signal })
    const settled = await settleAttempt(db, delivery, outcome, now(), random())
    report({
      endpointId: delivery.endpointId,
      deliveryId: delivery.id,
      attempts: delivery.attempts + 1,
      settled,
      status: outcome.kind === 'let go' ? null : outcome.status,
      milliseconds: performance.now() - from,
    })
  }

  const rounds = createRounds({
    intervalMs: concurrency === 0 ? 0 : POLL_MS,
    closing,
    onError,
    async round(stopped) {
      while (!stopped() && underWay.size < concurrency) {
        const claimedAt = performance.now()
        const room = concurrency - underWay.size
        const claimed = await claim(room)
        for (const delivery of claimed) {
          const sending: Promise<void> = send(delivery, claimedAt)
            .catch(onError) // the outcome is not recorded: it is sent again when its lease has ended
            .finally(() => {
              underWay.delete(sending)
              rounds.nudge()
            })
          underWay.set(sending, delivery.endpointId)
        }
        if (claimed.length < room) return
      }
    },
  })

  return {
    nudge: rounds.nudge,
    async close() {
      await rounds.close()
      const patience = setTimeout(() => lettingGo.abort(), PATIENCE_AT_CLOSE_MS)
      await Promise.all(underWay.keys())
      clearTimeout(patience)
    },
  }
}
