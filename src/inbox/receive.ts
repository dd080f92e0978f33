import type { Database, Queryable } from '../db/database.ts'
import { isPassing } from '../db/errors.ts'
import { inTransaction } from '../db/transaction.ts'
import type { ChangeSource } from '../directory/changes.ts'
import type { LateCounts } from '../stats/late-counts.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally, type Tally } from '../stats/tally.ts'
import { readEnvelope, type Envelope } from '../workos/envelope.ts'

export type Receipt = 'stored' | 'duplicate'

export interface Receiver {
  /**
   * Stores a body with a valid signature, and returns the outcome once it is committed (law 1). Simultaneous deliveries
   * share a statement. Throws InboxFullError or the database's error; then it is not stored.
   */
  receive(body: Buffer): Promise<Receipt>
  /** Deliveries whose outcome is not known yet. */
  waiting(): number
}

export class InboxFullError extends Error {
  constructor() {
    super('Too many deliveries are waiting for the database')
    this.name = 'InboxFullError'
  }
}

export interface ReceiverOptions {
  readonly source: ChangeSource
  readonly now: () => Date
  /** Called after events of these directories were stored, which must now be applied. */
  readonly onStored: (directoryIds: readonly string[]) => void
  /** Called for duplicates: nothing is written for them that they could be counted with. */
  readonly count?: LateCounts['count']
  /** Called for every event that came in, once it is committed or known to exist. */
  readonly onReceipt?: (envelope: Envelope, receipt: Receipt) => void
  /** Deliveries that may wait at once; more are refused. */
  readonly maxWaiting?: number
  /** The same in bytes. */
  readonly maxWaitingBytes?: number
}

interface Waiting {
  readonly body: Buffer
  readonly envelope: Envelope
  readonly receivedAt: Date
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (error: Error) => void
}

const MAX_ROWS = 500
const MAX_BYTES = 8 * 1024 * 1024

type Pool = Pick<Database['pool'], 'query' | 'connect'>

export function createReceiver(
  pool: Pool,
  {
    source,
    now,
    onStored,
    count = () => {},
    onReceipt = () => {},
    maxWaiting = 5_000,
    maxWaitingBytes = 64 * 1024 * 1024,
  }: ReceiverOptions,
): Receiver {
  const waiting: Waiting[] = []
  let waitingBytes = 0
  let unsettled = 0
  let isUnderWay = false

  // One statement at a time, with everything that came while the previous one waited for the disk: a second one beside
  // it would spread the same rows over twice as many statements, and most of a delivery's cost is its statement. The
  // first is sent at the end of this turn of the event loop, since senders that were answered together deliver together
  // again.
  function flushSoon(): void {
    if (isUnderWay) return
    isUnderWay = true
    setImmediate(() => void flush())
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchSize(waiting))
      for (const { body } of batch) waitingBytes -= body.length
      await store(batch)
      unsettled -= batch.length
    }
    isUnderWay = false
  }

  async function store(batch: readonly Waiting[]): Promise<void> {
    try {
      const stored = await storeEvents(pool, source, batch)
      const told = batch.filter(({ envelope }) => envelope.status === 'PENDING' && stored.has(envelope.id))
      if (told.length > 0) onStored([...new Set(told.map(({ envelope }) => envelope.directoryId!))])
      // Of two equal bodies in one batch, one was stored: the other is the duplicate.
      for (const item of batch) {
        const receipt = stored.delete(item.envelope.id) ? 'stored' : 'duplicate'
        countDuplicate(item, receipt)
        onReceipt(item.envelope, receipt)
        item.resolve(receipt)
      }
    } catch (error) {
      if (batch.length > 1 && !isPassing(error)) return storeHalves(batch)
      for (const { reject } of batch) reject(error as Error)
    }
  }

  // The database refuses one of them, and the others must not be refused with it.
  async function storeHalves(batch: readonly Waiting[]): Promise<void> {
    const middle = Math.ceil(batch.length / 2)
    await store(batch.slice(0, middle))
    await store(batch.slice(middle))
  }

  // The Events API repeats everything that the webhook has brought: only WorkOS's redeliveries are worth counting.
  function countDuplicate({ envelope, receivedAt }: Waiting, receipt: Receipt): void {
    if (receipt === 'duplicate' && source === 'WEBHOOK') count(envelope.directoryId, receivedAt, 'eventsDuplicate')
  }

  return {
    waiting: () => unsettled,
    receive(body) {
      if (waiting.length >= maxWaiting || waitingBytes >= maxWaitingBytes) return Promise.reject(new InboxFullError())
      const receivedAt = now()
      const envelope = readEnvelope(body, receivedAt)
      return new Promise((resolve, reject) => {
        waiting.push({ body, envelope, receivedAt, resolve, reject })
        waitingBytes += body.length
        unsettled += 1
        flushSoon()
      })
    },
  }
}

function batchSize(waiting: readonly Waiting[]): number {
  let bytes = 0
  const end = waiting.findIndex(
    ({ body }, index) => index > 0 && (index === MAX_ROWS || (bytes += body.length) > MAX_BYTES),
  )
  return end === -1 ? waiting.length : end
}

/** Stores what is new and, in the same transaction, counts what this settles. Returns the ids that it stored. */
async function storeEvents(pool: Pool, source: ChangeSource, batch: readonly Waiting[]): Promise<Set<string>> {
  if (batch.every(({ envelope }) => envelope.status === 'PENDING')) return insertEvents(pool, source, batch)
  return inTransaction(pool, async (tx) => {
    const stored = await insertEvents(tx, source, batch)
    await recordTally(tx, tallyOf(batch, stored))
    return stored
  })
}

/** Counts what no transaction that applies events will count. */
function tallyOf(batch: readonly Waiting[], stored: ReadonlySet<string>): Tally {
  const tally = createTally()
  const byId = new Map(batch.map((item) => [item.envelope.id, item]))
  for (const { envelope, receivedAt } of byId.values()) {
    const { id, directoryId, status } = envelope
    if (status === 'PENDING' || !stored.has(id)) continue
    tally.count(directoryId, receivedAt, 'eventsReceived')
    if (status === 'FAILED') tally.count(directoryId, receivedAt, 'eventsFailed')
  }
  return tally
}

/** One statement: inserts what is new, and returns the ids that it inserted. */
async function insertEvents(db: Queryable, source: ChangeSource, batch: readonly Waiting[]): Promise<Set<string>> {
  const column = <T>(pick: (item: Waiting) => T): T[] => batch.map(pick)
  const lengths = column(({ body }) => body.length)
  let end = 1
  const starts = lengths.map((length) => (end += length) - length)
  const { rows } = await db.query<{ id: string }>({
    name: 'insert-events',
    text: INSERT,
    values: [
      source,
      column(({ envelope }) => envelope.id),
      column(({ envelope }) => envelope.type),
      column(({ envelope }) => envelope.directoryId),
      column(({ envelope }) => envelope.status),
      column(({ envelope }) => envelope.error),
      column(({ envelope }) => envelope.occurredAt),
      column(({ receivedAt }) => receivedAt),
      Buffer.concat(column(({ body }) => body)),
      starts,
      lengths,
      column(({ envelope }) => envelope.userId),
      column(({ envelope }) => envelope.groupId),
      column(({ envelope }) => envelope.removal),
    ],
  })
  return new Set(rows.map((row) => row.id))
}

// Bodies are concatenated as they are: in an array they would be written as hexadecimal digits and read back. In the
// order of ids, so that two feeds that bring the same events at once wait for each other and do not deadlock.
const INSERT = `
  insert into inbox_event (source, id, type, directory_id, status, error, occurred_at, received_at, body,
                           user_id, group_id, removal, counted_at)
  select $1, id, type, directory_id, status, error, occurred_at, received_at, substring($9::bytea from start for length),
         user_id, group_id, removal, case when status <> 'PENDING' then received_at end
  from unnest($2::text[], $3::text[], $4::text[], $5::"EventStatus"[], $6::text[], $7::timestamptz[], $8::timestamptz[],
              $10::int[], $11::int[], $12::text[], $13::text[], $14::"Removal"[])
    as e (id, type, directory_id, status, error, occurred_at, received_at, start, length, user_id, group_id, removal)
  order by id
  on conflict do nothing
  returning id`
