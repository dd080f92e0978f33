import type { Database } from '../db/database.ts'
import { exclusively } from '../db/exclusive.ts'
import { createRounds, type Rounds } from '../rounds.ts'
import { purgeChanges } from './purge-changes.ts'
import { purgeDeliveries } from './purge-deliveries.ts'
import { purgeEvents } from './purge-events.ts'
import { purgeMail } from './purge-mail.ts'
import { purgePastGrants } from './purge-past-grants.ts'
import { purgeTombstones } from './purge-tombstones.ts'

export interface RetentionOptions {
  readonly db: Database
  /** Between two rounds; 0: never. */
  readonly intervalMs: number
  /** How long each is kept after it was deleted, came in, was recorded, or was done with; 0: for ever. */
  readonly tombstoneMs: number
  readonly payloadMs: number
  readonly changeMs: number
  readonly deliveryMs: number
  readonly mailMs: number
  readonly now: () => Date
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

// Before the first round: what it asks the database holds up the first answers.
const DELAY_MS = 500

/** Forgets what is old, in small transactions; one instance at a time does. */
export function startRetention(options: RetentionOptions): Rounds {
  const { db, intervalMs, closing, onError } = options
  return createRounds({
    intervalMs,
    delayMs: DELAY_MS,
    closing,
    onError,
    round: async (stopped) => {
      await exclusively(db.pool, 'retention', (lost) => forget(options, () => stopped() || lost.aborted))
    },
  })
}

/** Everything that is due now. */
export async function forget(
  {
    db,
    tombstoneMs,
    payloadMs,
    changeMs,
    deliveryMs,
    mailMs,
    now,
  }: Omit<RetentionOptions, 'intervalMs' | 'closing' | 'onError'>,
  stopped: () => boolean,
): Promise<void> {
  const before = (ms: number) => new Date(now().getTime() - ms)
  // Tombstones first: what is said of that goes into the change log.
  if (tombstoneMs > 0) while (!stopped() && (await purgeTombstones(db.pool, before(tombstoneMs))));
  if (payloadMs > 0) while (!stopped() && (await purgeEvents(db.pool, before(payloadMs))));
  if (changeMs > 0) while (!stopped() && (await purgeChanges(db.pool, before(changeMs))));
  // A moment of which the log has no changes left is not answered for.
  if (changeMs > 0) while (!stopped() && (await purgePastGrants(db.pool, before(changeMs))));
  if (deliveryMs > 0) while (!stopped() && (await purgeDeliveries(db.pool, before(deliveryMs))));
  if (mailMs > 0) while (!stopped() && (await purgeMail(db.pool, before(mailMs))));
}
