import type { Bell } from '../changes/bell.ts'
import type { Lease } from '../changes/lease.ts'
import { follow } from '../changes/follow.ts'
import { createWatch, type Watch } from '../changes/watch.ts'
import type { Queryable } from '../db/database.ts'
import { readHealth, type SyncHealth } from './health.ts'

/** Health counts all people of a directory, and the bell may ring at each transaction of a burst. */
const REST_MS = 500

export function createHealthWatch(db: Queryable, bell: Bell, onError: (error: unknown) => void): Watch<SyncHealth> {
  return createWatch({ bell, read: (ids) => readHealth(db, ids), restMs: REST_MS, onError })
}

/** Yields a directory's current health, then again each time anything but a duration in it changes. */
export function followHealth(
  watch: Watch<SyncHealth>,
  id: string,
  open: () => Lease,
): AsyncIterableIterator<SyncHealth> {
  const shown = ({
    status,
    reasons,
    pendingEvents,
    failedEvents,
    heldChanges,
    lastSyncedAt,
    userCount,
    groupCount,
  }: SyncHealth) => [
    status,
    reasons.map(({ key }) => key),
    pendingEvents,
    failedEvents,
    heldChanges,
    lastSyncedAt,
    userCount,
    groupCount,
  ]
  return follow({ watch, id, shown, isLast: () => false, open })
}
