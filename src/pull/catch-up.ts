import type { Database } from '../db/database.ts'
import { restAfter } from '../directory/upstream-error.ts'
import type { Receiver } from '../inbox/receive.ts'
import type { EventsFrom, EventsPage } from '../workos/events-page.ts'
import { createRounds, type Rounds } from '../rounds.ts'
import { takeRound } from './take-round.ts'

export interface CatchUpOptions {
  readonly db: Database
  /** A page of the Events API: see workos/events-page.ts. */
  readonly readEvents: (from: EventsFrom) => Promise<EventsPage | 'forgotten'>
  /** The inbox's door: what the webhook has already brought is known there by its id. */
  readonly receiver: Receiver
  /** Between two rounds; 0: never. */
  readonly intervalMs: number
  /** Before the first round, where it is not nudged. Default: at once. */
  readonly delayMs?: number
  /** How far back to begin where there is no cursor. WorkOS gives 30 days in one request. */
  readonly replayMs: number
  readonly now: () => Date
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

/** What `nudge` may hurry along: rounds come no closer than this. */
const CLOSEST_MS = 1_000

/**
 * Reads the Events API from the saved cursor to its end, again and again: the feed that is complete and in order, for
 * whatever the webhook has lost. One instance at a time does. The cursor is saved after the events are committed, so a
 * killed process reads a page twice and never skips one.
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
    await pool.query(FAILED, [error instanceof Error ? error.message : String(error)])
    throw error
  }
}

// How long ago that was is asked by the clock of the database, which this process's need not agree with.
const BEGUN = 'update catch_up set begun_at = now() where id = 1'
const COMPLETED = 'update catch_up set completed_at = now(), error = null, failed_at = null where id = 1'
const FAILED = 'update catch_up set error = $1, failed_at = now() where id = 1'

/** Gives whether the end was reached. */
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
      if (hasForgotten) throw new Error('WorkOS forgets its cursors as soon as it has given them')
      hasForgotten = true
      // Everything that is retained comes once more, and is known by its ids or, later, by the age of its facts.
      cursor = null
      continue
    }
    // An event that cannot be decoded is stored and FAILED like one of the webhook: the page goes on.
    await Promise.all(page.events.map((event) => receiver.receive(Buffer.from(JSON.stringify(event)))))
    if (page.last !== null) {
      cursor = page.last
      await db.prisma.catchUp.update({ where: { id: 1 }, data: { cursor } })
    }
    if (!page.more) return true
  }
  return false
}
