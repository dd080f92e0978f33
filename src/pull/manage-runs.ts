// What people may do to runs. Each is one conditional update: a run that has moved on meanwhile is not what they meant.
import { ringBell } from '../changes/ring-bell.ts'
import { byHand } from '../changes/by-hand.ts'
import { tellAct } from '../changes/tell-act.ts'
import type { Database, Tx } from '../db/database.ts'
import { lockDirectory } from '../db/lock-directories.ts'
import { organizationOf } from '../db/organization-of.ts'
import { inTransaction } from '../db/transaction.ts'
import type { RunOperations } from '../operations/run-operations.ts'
import { queueRun } from '../sync/request-run.ts'
import { dropDeferrals } from './run-context.ts'

interface RunOperationsOptions {
  readonly db: Database
  readonly now: () => Date
  /** Signals the runner that there is something to do. */
  readonly nudge: () => void
}

/** The operations on runs, for mutations. */
export function createRunOperations({ db, now, nudge }: RunOperationsOptions): RunOperations {
  async function tell(tx: Tx, kind: 'SYNC_REQUESTED' | 'SYNC_CANCELLED', run: Run, actor: string): Promise<void> {
    const { id: syncRunId, directoryId, dryRun } = run
    const organizationId = await organizationOf(tx, directoryId)
    await tellAct(tx, byHand({ actor }, now(), { directoryId }), {
      kind,
      organizationId,
      detail: { syncRunId, dryRun },
    })
  }

  return {
    async resync({ directoryId, dryRun, requestedBy: actor }) {
      const id = await inTransaction(db.pool, async (tx) => {
        await lockDirectory(tx, directoryId) // connecting it queues a run too, and may hold the end of the log by then
        const { id, queued } = await queueRun(tx, { directoryId, kind: 'RESYNC', dryRun, requestedBy: actor })
        if (queued) await tell(tx, 'SYNC_REQUESTED', { id, directoryId, dryRun }, actor)
        return id
      })
      nudge()
      return id
    },
    async cancel(id, actor) {
      const cancelled = await inTransaction(db.pool, async (tx) => {
        const run = await findRun(tx, id)
        if (run === undefined) return false
        await lockDirectory(tx, run.directoryId) // a page of the run locks the end of the log before the run
        if ((await tx.query(CANCEL, [id, now()])).rowCount === 0) return false
        await dropDeferrals(tx, id)
        await ringBell(tx)
        await tell(tx, 'SYNC_CANCELLED', run, actor)
        return true
      })
      if (cancelled) nudge()
      return cancelled
    },
  }
}

interface Run {
  readonly id: string
  readonly directoryId: string
  readonly dryRun: boolean
}

async function findRun(tx: Tx, id: string): Promise<Run | undefined> {
  const text = 'select id, directory_id as "directoryId", dry_run as "dryRun" from sync_run where id = $1'
  return (await tx.query<Run>(text, [id])).rows[0]
}

// No instance is working on a run that is queued or waits for approval. A running one is asked to stop, and checks
// after each page.
const CANCEL = `
  update sync_run
  set cancel_requested = true, state = case when state = 'RUNNING' then state else 'CANCELLED' end,
      finished_at = case when state <> 'RUNNING' then $2::timestamptz end
  where id = $1 and finished_at is null`
