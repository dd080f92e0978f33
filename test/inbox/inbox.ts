// An inbox on a database of its own, and what applies it, step by step: no server, no timers.
import { openDatabase, type Database } from '../../src/db/database.ts'
import type { Batch } from '../../src/inbox/apply-batch.ts'
import { applyDue, type ApplyContext } from '../../src/inbox/apply-due.ts'
import { createCompleter } from '../../src/inbox/completer.ts'
import { createReceiver, type Receipt } from '../../src/inbox/receive.ts'
import { createTestDatabase, emptyDatabase } from '../support/database.ts'

export interface Inbox {
  readonly db: Database
  readonly connectionString: string
  /** Batches that were applied, and failures by event id, since the last `empty`. */
  readonly batches: Batch[]
  readonly failures: { eventId: string | null; error: string }[]
  /** What `applyDue` is given; with other parts where wanted. */
  context(parts?: Partial<ApplyContext>): ApplyContext
  receive(...events: (object | string)[]): Promise<Receipt[]>
  /** Applies until nothing is due. */
  applyAll(parts?: Partial<ApplyContext>): Promise<void>
  /** The event's row in the inbox. */
  event(id: string): Promise<InboxRow>
  /** Lets the next attempt of all events be due now. */
  hurry(): Promise<void>
  /** The first column of the answer. */
  list<Value>(text: string, ...values: unknown[]): Promise<Value[]>
  /**
   * Brings the database back to how it came, for the next test of a file, and forgets. What was altered stays altered.
   */
  empty(): Promise<void>
  close(): Promise<void>
}

export interface InboxRow {
  readonly status: string
  readonly attempts: number
  readonly error: string | null
  /** Seconds until it is tried again, about. */
  readonly pause: number | null
}

export async function openInbox(): Promise<Inbox> {
  const { connectionString, drop } = await createTestDatabase()
  const db = openDatabase({ connectionString, size: 8, onIdleError: () => {} })
  const batches: Batch[] = []
  const failures: { eventId: string | null; error: string }[] = []
  const receiver = createReceiver(db.pool, { source: 'WEBHOOK', now: () => new Date(), onStored: () => {} })
  const completer = createCompleter({ onError: (error) => failures.push({ eventId: null, error: String(error) }) })
  const context = (parts: Partial<ApplyContext> = {}): ApplyContext => ({
    db,
    now: () => new Date(),
    complete: () => Promise.resolve('gone'),
    log: {
      applied: (batch) => void batches.push(batch),
      failed: (eventId, error) => void failures.push({ eventId, error }),
    },
    guard: { minimum: 1_000_000, percent: 100, windowMs: 600_000 }, // what it is for is in test/guard
    batchSize: 500,
    stopped: () => false,
    completer,
    ...parts,
  })
  return {
    db,
    connectionString,
    batches,
    failures,
    context,
    receive: (...events) =>
      Promise.all(
        events.map((one) => receiver.receive(Buffer.from(typeof one === 'string' ? one : JSON.stringify(one)))),
      ),
    async applyAll(parts) {
      const given = context(parts)
      for (let after: string | null = ''; after !== null;) {
        after = await applyDue(given, after)
        await completer.idle()
      }
    },
    async event(id) {
      const { rows } = await db.pool.query<InboxRow>(
        `select status, attempts, error, round(extract(epoch from next_attempt_at - now()))::int as pause
         from inbox_event where id = $1`,
        [id],
      )
      return rows[0]!
    },
    async hurry() {
      // The column holds milliseconds, and now() rounded to them may still be to come.
      await db.pool.query(
        `update inbox_event set next_attempt_at = now() - interval '1 second' where next_attempt_at is not null`,
      )
    },
    async list<Value>(text: string, ...values: unknown[]) {
      const { rows } = await db.pool.query<Record<string, Value>>(text, values)
      return rows.map((row) => Object.values(row)[0]!)
    },
    async empty() {
      batches.length = 0
      failures.length = 0
      await emptyDatabase(db.pool)
    },
    async close() {
      await db.close()
      await drop()
    },
  }
}
