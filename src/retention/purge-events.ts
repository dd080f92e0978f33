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
 * Forgets events that came in before a moment and are done with, at most 1,000. What waits or is held stays. One that
 * comes once more is then known by the age of its facts. Of those that FAILED, which nobody has applied and nobody can
 * any more, the change log says so. Gives whether there may be more.
 */
export function purgeEvents(pool: pg.Pool, before: Date): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<Purged>(PURGE, [before])
    const failed = rows.filter((event) => event.failed)
    const about = { kind: 'EVENTS_DISCARDED', source: 'RETENTION', reason: WHY, occurredAt: new Date() } as const
    if (failed.length > 0) await appendChanges(tx, await tellEvents(tx, failed, about))
    return rows.length === CHUNK
  })
}

const WHY = 'They had failed, and were kept no longer'

const PURGE = `
  delete from inbox_event where id in (
    select id from inbox_event where received_at < $1 and status not in ('PENDING', 'HELD')
    order by received_at limit ${CHUNK} for update
  ) returning id, directory_id as "directoryId", status = 'FAILED' as failed`
