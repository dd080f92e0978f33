import type { Bell } from '../changes/bell.ts'
import type { CursorSeal } from '../changes/cursor.ts'
import type { Database, Queryable } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { createRounds } from '../rounds.ts'
import { type AttemptReport, startDispatch } from './dispatch.ts'
import { fanOut } from './fan-out.ts'
import { forgetDeleted } from './forget-deleted.ts'
import { giveUp } from './give-up.ts'
import type { ResolveAll } from './guarded-lookup.ts'
import { isPublicAddress } from './is-public-address.ts'
import { createPoster } from './post.ts'

interface OutboundOptions {
  readonly db: Database
  readonly bell: Bell
  readonly cursors: CursorSeal
  /** Messages that this instance sends at once; 0: it does nothing for outbound webhooks. */
  readonly concurrency: number
  readonly timeoutMs: number
  readonly allowPrivate: boolean
  /** Resolves names. Default: the system's resolver. */
  readonly resolve?: ResolveAll
  readonly now: () => Date
  readonly random?: () => number
  readonly closing: AbortSignal
  readonly report: (report: AttemptReport) => void
  readonly onError: (error: unknown) => void
}

interface Outbound {
  /** Signals that messages may be due. */
  readonly nudge: () => void
  /** Waits for what is under way, up to a bound. */
  close(): Promise<void>
}

const POLL_MS = 1_000

/** Turns the change log into messages and sends them. */
export function startOutbound(options: OutboundOptions): Outbound {
  const { db, bell, cursors, concurrency, timeoutMs, allowPrivate, resolve, now, closing, report, onError } = options
  const poster = createPoster({
    timeoutMs,
    isAllowed: allowPrivate ? () => true : isPublicAddress,
    ...(resolve && { resolve }),
  })
  const { random = Math.random } = options
  const dispatch = startDispatch({ db, poster, concurrency, timeoutMs, now, random, closing, report, onError })
  // As far as is known, there is no endpoint. Creating one rings without a position: see changes/append.ts.
  let isIdle = false
  const making = createRounds({
    intervalMs: concurrency === 0 ? 0 : POLL_MS,
    closing,
    onError,
    async round(stopped) {
      isIdle = !(await hasEndpoints(db.pool))
      if (isIdle) return
      if (await fanOut({ db, cursors, now, onError }, stopped)) dispatch.nudge()
      await giveUp(db, now(), stopped)
      await forgetDeleted(db.pool, stopped)
    },
  })
  const nudge = () => {
    making.nudge()
    dispatch.nudge()
  }
  const ringing = bell.listen((position) => {
    if (!isIdle || position === undefined) nudge()
  })
  return {
    nudge,
    async close() {
      ringing.close()
      await Promise.all([making.close(), dispatch.close()])
      poster.close()
    },
  }
}

async function hasEndpoints(db: Queryable): Promise<boolean> {
  const text = 'select exists (select from webhook_endpoint) as "hasEndpoints"'
  return onlyRow(await db.query<{ hasEndpoints: boolean }>({ name: 'has-webhook-endpoints', text })).hasEndpoints
}
