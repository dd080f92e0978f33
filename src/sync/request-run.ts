import { ulid } from 'ulid'
import type { Queryable, Tx } from '../db/database.ts'

export interface RunRequest {
  readonly directoryId: string
  readonly kind: 'BACKFILL' | 'RESYNC' | 'RECONCILE'
  readonly dryRun?: boolean
  readonly requestedBy?: string | null
}

/**
 * Queues a traversal of a directory, and gives its id. A directory has one at a time: while one is queued, running or
 * waiting for approval, that one's id is given. The directory must be in the mirror.
 */
export async function requestRun(db: Queryable, request: RunRequest): Promise<string> {
  const { directoryId, kind, dryRun = false, requestedBy = null } = request
  // Whoever inserts meanwhile may finish meanwhile too: then there is room again.
  for (;;) {
    const inserted = await db.query<{ id: string }>(
      `insert into sync_run (id, directory_id, kind, state, dry_run, requested_by) values ($1, $2, $3, 'QUEUED', $4, $5)
       on conflict do nothing returning id`,
      [`sync_run_${ulid()}`, directoryId, kind, dryRun, requestedBy],
    )
    if (inserted.rows[0] !== undefined) return inserted.rows[0].id
    const found = await db.query<{ id: string }>(
      'select id from sync_run where directory_id = $1 and finished_at is null',
      [directoryId],
    )
    if (found.rows[0] !== undefined) return found.rows[0].id
  }
}

/**
 * The same for a directory that has been connected. What is under way may have read what was before: then another one
 * follows, as soon as the directories are polled.
 */
export async function requestBackfill(tx: Tx, directoryId: string): Promise<void> {
  await tx.query('update directory set backfill_due_since = now() where id = $1', [directoryId])
  await requestRun(tx, { directoryId, kind: 'BACKFILL' })
}
