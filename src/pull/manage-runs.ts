// What people ask of runs. Each is one conditional update: a run that moved on meanwhile is not what they meant.
import { BELL } from '../changes/append.ts'
import type { Database, Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Decided, RunOperations } from '../directory/sync-runs.ts'
import { requestRun } from '../sync/request-run.ts'
import { dropDeferrals } from './run-context.ts'

export interface RunOperationsOptions {
  readonly db: Database
  readonly now: () => Date
  /** Tells the runner that there is something to do. */
  readonly nudge: () => void
}

/** The operations on runs that mutations are given. */
export function createRunOperations({ db, now, nudge }: RunOperationsOptions): RunOperations {
  /** Carries out an update that gives the run's id; null where it met none. */
  async function change(text: string, ...values: unknown[]): Promise<string | null> {
    const id = await inTransaction(db.pool, async (tx: Tx) => {
      const { rows } = await tx.query<{ id: string }>(text, values)
      const changed = rows[0]?.id ?? null
      if (changed === null) return null
      await dropDeferrals(tx, changed)
      await tx.query(`select pg_notify('${BELL}', '')`)
      return changed
    })
    if (id !== null) nudge()
    return id
  }

  const decided = (runId: string | null): Decided | null => (runId === null ? null : { runId, events: 0 })

  return {
    async resync(request) {
      const id = await requestRun(db.pool, { ...request, kind: 'RESYNC' })
      nudge()
      return id
    },
    cancel: async (id) => (await change(CANCEL, id, now())) !== null,
    approve: async (directoryId, actor) => decided(await change(APPROVE, directoryId, actor)),
    reject: async (directoryId) => decided(await change(REJECT, directoryId, now())),
  }
}

// Nobody is at a run that is queued or waits for approval. One that runs is asked, and looks after each page.
const CANCEL = `
  update sync_run
  set cancel_requested = true, state = case when state = 'RUNNING' then state else 'CANCELLED' end,
      finished_at = case when state <> 'RUNNING' then $2::timestamptz end
  where id = $1 and finished_at is null
  returning id`

const AWAITS = `directory_id = $1 and state = 'AWAITING_APPROVAL' and finished_at is null`

const APPROVE = `update sync_run set state = 'RUNNING', approved_by = $2 where ${AWAITS} returning id`

const REJECT = `update sync_run set state = 'CANCELLED', finished_at = $2 where ${AWAITS} returning id`
