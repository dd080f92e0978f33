import type { Database } from '../db/database.ts'
import { createReceiver, type ReceiverOptions } from '../inbox/receive.ts'
import type { WorkosApi } from '../workos/api.ts'
import { readEventsPage } from '../workos/events-page.ts'
import { createSnapshotApi, type SnapshotOptions } from '../workos/snapshot.ts'
import { createThrottle } from '../workos/throttle.ts'
import { startCatchUp, type CatchUpOptions } from './catch-up.ts'
import { startDirectoryPoll, type DirectoryPollOptions } from './poll-directories.ts'
import { startSyncRunner, type SyncRunnerOptions } from './sync-runner.ts'

interface PullOptions extends Pick<ReceiverOptions, 'onStored' | 'onReceipt'>, Pick<SnapshotOptions, 'onUnread'> {
  readonly catchUp: Pick<CatchUpOptions, 'intervalMs' | 'replayMs'>
  readonly sync: SyncOptions
  readonly db: Database
  readonly api: WorkosApi
  readonly now: () => Date
  readonly closing: AbortSignal
  readonly onError: (where: string) => (error: unknown) => void
}

/** When directories are polled and compared with WorkOS, and how fast. */
interface SyncOptions
  extends Pick<SyncRunnerOptions, 'guard' | 'concurrency' | 'retryMs'>, Pick<DirectoryPollOptions, 'reconcileMs'> {
  /** Pause between two polls of the list of directories; 0: never. */
  readonly pollMs: number
  /** Requests per second for the users of one directory; 0: without limit. */
  readonly usersPerSecond: number
}

// Pause before the first rounds: what they load and find out holds up everything else, such as the first answers.
const DELAY_MS = 500

/** Everything that WorkOS is asked for in the background. */
interface Pull {
  /** Signals that events may have been lost. */
  readonly catchUp: () => void
  /** Signals that a run was queued. */
  readonly carryOutRuns: () => void
  /** Waits for work under way. */
  close(): Promise<void>
}

/** Starts reading the Events API, polling the directories, and carrying out runs. */
export function startPull(options: PullOptions): Pull {
  const { db, api, sync, onStored, onReceipt, onUnread, now, closing, onError } = options
  const catchUp = startCatchUp({
    ...options.catchUp,
    delayMs: DELAY_MS,
    db,
    readEvents: (from) => readEventsPage(api, from),
    receiver: createReceiver(db.pool, {
      source: 'EVENTS_API',
      now,
      onStored,
      ...(onReceipt && { onReceipt }),
    }),
    now,
    closing,
    onError: onError('catch-up'),
  })
  const snapshot = createSnapshotApi({ api, userTurn: createThrottle(sync.usersPerSecond, closing), onUnread })
  const { guard, concurrency, retryMs } = sync
  const runner = startSyncRunner({
    db,
    snapshot,
    guard,
    concurrency,
    retryMs,
    // No postponed run is due sooner than that.
    pollMs: Math.min(1_000, retryMs),
    delayMs: DELAY_MS,
    now,
    closing,
    onError: onError('sync run'),
  })
  const poll = startDirectoryPoll({
    db,
    snapshot,
    intervalMs: sync.pollMs,
    delayMs: DELAY_MS,
    reconcileMs: sync.reconcileMs,
    now,
    onQueued: runner.nudge,
    closing,
    onError: onError('directory poll'),
  })
  return {
    catchUp: catchUp.nudge,
    carryOutRuns: runner.nudge,
    async close() {
      await Promise.all([catchUp.close(), runner.close(), poll.close()])
    },
  }
}
