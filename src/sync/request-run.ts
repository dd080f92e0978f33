import { ulid } from 'ulid'
import type { Queryable, Tx } from '../db/database.ts'

interface RunRequest {
  readonly directoryId: string
  readonly kind: 'BACKFILL' | 'RESYNC' | 'RECONCILE'
  readonly dryRun?: boolean
  readonly requestedBy?: string | null
}

/** A requested run; not `queued` if one was already under way. */
interface Requested {
  readonly id: string
  readonly queued: boolean
}

/**
 * Queues a sync run of a directory. A directory has one at a time: while one is queued, running or waiting for
 * approval, that one is returned. The directory must be in the mirror.
 */
export async function queueRun(db: Queryable, request: RunRequest): Promise<Requested> {
  const { directoryId, kind, dryRun = false, requestedBy = null } = request
  // A run inserted meanwhile may have finished meanwhile too: then there is room again.
  for (;;) {
    const inserted = await db.query<{ id: string }>(
      `insert into sync_run (id, directory_id, kind, state, dry_run, requested_by) values ($1, $2, $3, 'QUEUED', $4, $5)
       on conflict do nothing returning id`,
      [`sync_run_${ulid()}`, directoryId, kind, dryRun, requestedBy],
    )
    if (inserted.rows[0] !== undefined) return { id: inserted.rows[0].id, queued: true }
    const found = await db.query<{ id: string }>(
      'select id from sync_run where directory_id = $1 and finished_at is null',
      [directoryId],
    )
    if (found.rows[0] !== undefined) return { id: found.rows[0].id, queued: false }
  }
}

/** The same, returning only the run's id. */
export async function requestRun(db: Queryable, request: RunRequest): Promise<string> {
  return (await queueRun(db, request)).id
}

/**
 * The same for a directory that has been connected. A run under way may have read the state before that: then another
 * one follows, as soon as the directories are polled.
 */
export async function requestBackfill(tx: Tx, directoryId: string): Promise<void> {
  await tx.query('update directory set backfill_due_since = now() where id = $1', [directoryId])
  await requestRun(tx, { directoryId, kind: 'BACKFILL' })
}
