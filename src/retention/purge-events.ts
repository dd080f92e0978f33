import type pg from 'pg'
import { appendChanges } from '../changes/append.ts'
import { inTransaction } from '../db/transaction.ts'
import { tellEvents } from '../inbox/tell-events.ts'

const CHUNK = 1_000

interface Purged {
  readonly id: string
  readonly directoryId: string | null
  readonly failed: boolean
}

/**
 * Purges finished events that came in before a moment, at most 1,000. Pending and held ones stay. If one comes again,
 * the age of its facts shows that it is old. FAILED ones, which were never applied and can no longer be, are recorded
 * in the change log. Returns whether there may be more.
 */
export function purgeEvents(pool: pg.Pool, before: Date, now: Date): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<Purged>(PURGE, [before])
    const failed = rows.filter((event) => event.failed)
    const why = { source: 'RETENTION', occurredAt: now } as const
    const telling = { kind: 'EVENTS_DISCARDED', reason: WHY } as const
    if (failed.length > 0) await appendChanges(tx, await tellEvents(tx, failed, why, telling))
    return rows.length === CHUNK
  })
}

const WHY = 'They had failed, and their retention period ended'

const PURGE = `
  delete from inbox_event where id in (
    select id from inbox_event where received_at < $1 and status not in ('PENDING', 'HELD')
    order by received_at limit ${CHUNK} for update
  ) returning id, directory_id as "directoryId", status = 'FAILED' as failed`
