import { ringBell } from '../changes/ring-bell.ts'
import { isPassing } from '../db/errors.ts'
import { SnapshotError } from '../workos/snapshot-error.ts'
import { errorText } from '../text/error-text.ts'
import { restAfter, UpstreamError } from '../operations/upstream-error.ts'
import { OvertakenError } from './overtaken-error.ts'
import { removeUnseen } from './remove-unseen.ts'
import { advance, type RunContext, type Seen, type SyncRun } from './run-context.ts'
import { traverse } from './traverse.ts'

/**
 * Attempts at one page, or at the whole of a dry run, before the run is FAILED: two minutes altogether if WorkOS does
 * not ask for longer.
 */
const MAX_ATTEMPTS = 6
const MAX_STARTS = 3

/**
 * Continues a run from its last page until it ends, waits for approval or is stopped. The caller must have the
 * directory's runs to itself. Never throws for WorkOS's faults: the run is tried again after a pause, and is FAILED in
 * the end, with nothing removed. Throws if the database cannot be used.
 */
export async function runSync(context: RunContext, id: string): Promise<void> {
  const seen: Seen = {
    cursors: new Set(),
    page: { list: '', ids: new Set() },
    groups: new Map(),
    users: new Set(),
    deferred: new Set(),
    missing: 0,
  }
  const traversal = { ...context, seen }
  let run = await context.db.prisma.syncRun.findUniqueOrThrow({ where: { id } })
  try {
    run = await begin(context, run)
    while (run.state === 'RUNNING' && !context.stopped())
      run = run.phase === 'REMOVAL' ? await removeUnseen(traversal, run) : await traverse(traversal, run, run.phase)
  } catch (error) {
    if (error instanceof OvertakenError) return
    if (context.stopped() || isPassing(error)) throw error
    await putOff(context, run, error)
  }
}

async function begin(context: RunContext, run: SyncRun): Promise<SyncRun> {
  // Requested while it waited for its next attempt: this does not need WorkOS, which may be unavailable.
  if (run.cancelRequested) return advance(context, run, () => Promise.resolve({}))
  // What a dry run has seen was in the memory of a process that is gone.
  if (run.state === 'RUNNING' && !run.dryRun) return run
  const { db, snapshot, now } = context
  const found = await snapshot.directory(run.directoryId)
  if (found === null) throw new SnapshotError(`WorkOS does not know ${run.directoryId}`)
  const { counts, askedAt } = found
  // A run that is not under way is cancelled at once, which may have happened since it was read.
  await db.prisma.syncRun.updateMany({
    where: { id: run.id, finishedAt: null },
    data: {
      state: 'RUNNING',
      startedAt: run.startedAt ?? now(),
      snapshotAt: askedAt,
      expected: counts && counts.users + counts.groups,
      phase: 'GROUPS',
      cursor: null,
      groupId: null,
      usersSeen: 0,
      groupsSeen: 0,
      membershipsSeen: 0,
      created: 0,
      updated: 0,
      removed: 0,
      unchanged: 0,
      // Any approval was of what an earlier pass had found.
      held: 0,
      approvedBy: null,
    },
  })
  await ringBell(db.pool)
  return db.prisma.syncRun.findUniqueOrThrow({ where: { id: run.id } })
}

/** A page is requested again later; lists that contradict themselves are read again from the beginning. */
async function putOff({ db, now, retryMs }: RunContext, run: SyncRun, cause: unknown): Promise<void> {
  const broken = cause instanceof SnapshotError
  // Read anew: pages read meanwhile have begun a new count.
  const { attempts, restarts, state } = await db.prisma.syncRun.findUniqueOrThrow({ where: { id: run.id } })
  const tried = (broken ? restarts : attempts) + 1
  const hopeless = cause instanceof UpstreamError && !cause.retryable
  const failed = hopeless || tried >= (broken ? MAX_STARTS : MAX_ATTEMPTS)
  await db.prisma.syncRun.updateMany({
    where: { id: run.id, finishedAt: null },
    data: {
      error: errorText(cause),
      ...(broken ? { restarts: tried } : { attempts: tried }),
      state: failed ? 'FAILED' : broken ? 'QUEUED' : state,
      finishedAt: failed ? now() : null,
      nextAttemptAt: new Date(now().getTime() + Math.max(retryMs * 2 ** tried, restAfter(cause))),
    },
  })
  await db.pool.query('delete from sync_run_deferral where run_id = $1 and $2', [run.id, failed || broken])
  await ringBell(db.pool)
  if (!(cause instanceof UpstreamError || broken)) throw cause
}
