import { exclusively } from '../db/exclusive.ts'
import { createRounds, type Rounds } from '../rounds.ts'
import type { RunContext } from './run-context.ts'
import { runSync } from './run-sync.ts'

export interface SyncRunnerOptions extends Omit<RunContext, 'stopped'> {
  /** How many sync runs this instance works on at once, one per directory; 0: none. */
  readonly concurrency: number
  /** How often to look for runs that others have queued or left behind. */
  readonly pollMs?: number
  /** Pause before the first round, unless nudged. Default: none. */
  readonly delayMs?: number
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

/** Carries out queued runs, and those that a killed process left behind: its lock went with it. */
export function startSyncRunner({
  concurrency,
  pollMs = 1_000,
  delayMs = 0,
  closing,
  onError,
  ...context
}: SyncRunnerOptions): Rounds {
  const round = async (stopped: () => boolean): Promise<void> => {
    while (!stopped() && (await runNext({ ...context, stopped })));
  }
  const loops = Array.from({ length: concurrency }, () =>
    createRounds({ intervalMs: pollMs, delayMs, closing, round, onError }),
  )
  return {
    nudge: () => {
      for (const loop of loops) loop.nudge()
    },
    async close() {
      await Promise.all(loops.map((loop) => loop.close()))
    },
  }
}

/** Returns whether there was a run that no other instance was working on. */
async function runNext(context: RunContext): Promise<boolean> {
  const { db, stopped } = context
  const { rows } = await db.pool.query<{ id: string; directoryId: string }>(
    `select id, directory_id as "directoryId" from sync_run
     where finished_at is null and state in ('QUEUED', 'RUNNING')
       and (next_attempt_at is null or next_attempt_at <= now() or cancel_requested)
     order by created_at limit 100`,
  )
  for (const { id, directoryId } of rows) {
    if (stopped()) return false
    const done = await exclusively(db.pool, `sync-run ${directoryId}`, async (lost) => {
      // Since the list was read, another instance may have finished it.
      const open = await db.prisma.syncRun.count({
        where: { id, finishedAt: null, state: { in: ['QUEUED', 'RUNNING'] } },
      })
      if (open === 1) await runSync({ ...context, stopped: () => stopped() || lost.aborted }, id)
      return true
    })
    if (done !== null) return true
  }
  return false
}
