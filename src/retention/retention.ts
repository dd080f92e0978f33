import type { Database } from '../db/database.ts'
import { exclusively } from '../db/exclusive.ts'
import { onlyRow } from '../db/only-row.ts'
import { createRounds, type Rounds } from '../rounds.ts'
import { purgeChanges } from './purge-changes.ts'
import { purgeDeliveries } from './purge-deliveries.ts'
import { purgeEvents } from './purge-events.ts'
import { purgeMail } from './purge-mail.ts'
import { purgePastGrants } from './purge-past-grants.ts'
import { purgeTombstones } from './purge-tombstones.ts'

interface RetentionOptions {
  readonly db: Database
  /** Between two rounds; 0: never. */
  readonly intervalMs: number
  /** How long each is kept after it was deleted, received, recorded or finished; 0: forever. */
  readonly tombstoneMs: number
  readonly payloadMs: number
  readonly changeMs: number
  readonly deliveryMs: number
  readonly mailMs: number
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

// Before the first round: its queries delay the first responses.
const DELAY_MS = 500

/** Purges old data, in small transactions, on one instance at a time. */
export function startRetention(options: RetentionOptions): Rounds {
  const { db, intervalMs, closing, onError } = options
  return createRounds({
    intervalMs,
    delayMs: DELAY_MS,
    closing,
    onError,
    round: async (stopped) => {
      await exclusively(db.pool, 'retention', async (lost) => {
        // The database's clock: an instance whose clock is ahead would purge tombstones too early.
        const { now } = onlyRow(await db.pool.query<{ now: Date }>('select now()'))
        await forget({ ...options, now }, () => stopped() || lost.aborted)
      })
    },
  })
}

/** Purges everything that is due at a moment. */
export async function forget(
  {
    db,
    tombstoneMs,
    payloadMs,
    changeMs,
    deliveryMs,
    mailMs,
    now,
  }: Omit<RetentionOptions, 'intervalMs' | 'closing' | 'onError'> & { readonly now: Date },
  stopped: () => boolean,
): Promise<void> {
  const before = (ms: number) => new Date(now.getTime() - ms)
  // Tombstones first: purging them appends to the change log.
  if (tombstoneMs > 0) while (!stopped() && (await purgeTombstones(db.pool, before(tombstoneMs), now)));
  if (payloadMs > 0) while (!stopped() && (await purgeEvents(db.pool, before(payloadMs), now)));
  if (changeMs > 0) while (!stopped() && (await purgeChanges(db.pool, before(changeMs))));
  // Queries about a moment are refused once the log has no changes left of it.
  if (changeMs > 0) while (!stopped() && (await purgePastGrants(db.pool, before(changeMs))));
  if (deliveryMs > 0) while (!stopped() && (await purgeDeliveries(db.pool, before(deliveryMs))));
  if (mailMs > 0) while (!stopped() && (await purgeMail(db.pool, before(mailMs))));
}
