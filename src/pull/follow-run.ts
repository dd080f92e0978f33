import type { Bell } from '../changes/bell.ts'
import type { Lease } from '../changes/lease.ts'
import { follow } from '../changes/follow.ts'
import { createWatch, type Watch } from '../changes/watch.ts'
import type { Database } from '../db/database.ts'
import type { SyncRun } from './run-context.ts'

export function createRunWatch(db: Database, bell: Bell, onError: (error: unknown) => void): Watch<SyncRun> {
  const read = async (ids: readonly string[]) => {
    const runs = await db.prisma.syncRun.findMany({ where: { id: { in: [...ids] } } })
    return new Map(runs.map((run) => [run.id, run]))
  }
  return createWatch({ bell, read, onError })
}

/** Yields a run as it is, then each time it changes, until it has ended. */
export function followRun(watch: Watch<SyncRun>, id: string, open: () => Lease): AsyncIterableIterator<SyncRun> {
  const shown = (run: SyncRun) => SHOWN.map((field) => run[field])
  return follow({ watch, id, shown, isLast: (run) => run.finishedAt !== null, open })
}

// Subscribers do not see other columns change.
const SHOWN = [
  'state',
  'usersSeen',
  'groupsSeen',
  'membershipsSeen',
  'created',
  'updated',
  'removed',
  'unchanged',
  'held',
  'expected',
  'approvedBy',
  'error',
  'startedAt',
  'finishedAt',
] as const satisfies readonly (keyof SyncRun)[]
