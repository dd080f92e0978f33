import type { Database } from '../db/database.ts'
import { restAfter } from '../operations/upstream-error.ts'
import type { Receiver } from '../inbox/receive.ts'
import type { EventsFrom, EventsPage } from '../workos/events-page.ts'
import { createRounds, type Rounds } from '../rounds.ts'
import { errorText } from '../text/error-text.ts'
import { takeRound } from './take-round.ts'

export interface CatchUpOptions {
  readonly db: Database
  /** A page of the Events API: see workos/events-page.ts. */
  readonly readEvents: (from: EventsFrom) => Promise<EventsPage | 'forgotten'>
  /** Writes to the inbox, which knows by its id what the webhook has already brought. */
  readonly receiver: Receiver
  /** Pause between two rounds; 0: never. */
  readonly intervalMs: number
  /** Pause before the first round, unless nudged. Default: none. */
  readonly delayMs?: number
  /** How far back to begin if there is no cursor. WorkOS gives 30 days in one request. */
  readonly replayMs: number
  readonly now: () => Date
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

/** The shortest time between rounds, also when nudged. */
const CLOSEST_MS = 1_000

/**
 * Repeatedly reads the Events API from the saved cursor to its end: this feed is complete and in order, and makes up
 * for what the webhook has lost. One instance does so at a time. The cursor is saved after the events are committed, so
 * a killed process reads a page twice and never skips one.
 */
export function startCatchUp(options: CatchUpOptions): Rounds {
  const { db, intervalMs, delayMs = 0, closing, onError } = options
  return createRounds({
    intervalMs,
    delayMs,
    closestMs: CLOSEST_MS,
    restAfter,
    closing,
    onError,
    round: async (stopped) => {
      await takeRound(db.pool, 'catch-up', (lost) => catchUp(options, () => stopped() || lost.aborted))
    },
  })
}

async function catchUp(options: CatchUpOptions, stopped: () => boolean): Promise<void> {
  const { pool, prisma } = options.db
  try {
    const { cursor, begunAt } = await prisma.catchUp.findUniqueOrThrow({ where: { id: 1 } })
    if (begunAt === null) await pool.query(BEGUN)
    const reached = await readOn(options, cursor, stopped)
    if (reached) await pool.query(COMPLETED)
  } catch (error) {
    if (stopped()) throw error
    await pool.query(FAILED, [errorText(error)])
    throw error
  }
}

// How long ago this was is measured by the database's clock, which may differ from this process's.
const BEGUN = 'update catch_up set begun_at = now() where id = 1'
const COMPLETED = 'update catch_up set completed_at = now(), error = null, failed_at = null where id = 1'
const FAILED = 'update catch_up set error = $1, failed_at = now() where id = 1'

/** Returns whether the end was reached. */
async function readOn(
  { db, readEvents, receiver, replayMs, now }: CatchUpOptions,
  saved: string | null,
  stopped: () => boolean,
): Promise<boolean> {
  const beginning = new Date(now().getTime() - replayMs)
  let cursor = saved
  let hasForgotten = false
  while (!stopped()) {
    const page = await readEvents(cursor === null ? { since: beginning } : { after: cursor })
    if (page === 'forgotten') {
      if (hasForgotten) throw new Error('WorkOS rejects its cursors immediately after issuing them')
      hasForgotten = true
      // Everything retained comes once more, and is recognized by its ids or, later, by the age of its facts.
      cursor = null
      continue
    }
    // An event that cannot be decoded is stored as FAILED, like one from the webhook: the page continues.
    await Promise.all(page.events.map((event) => receiver.receive(Buffer.from(JSON.stringify(event)))))
    if (page.last !== null) {
      cursor = page.last
      await db.prisma.catchUp.update({ where: { id: 1 }, data: { cursor } })
    }
    if (!page.more) return true
  }
  return false
}
