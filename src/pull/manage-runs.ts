// What people may do to runs. Each is one conditional update: a run that has moved on meanwhile is not what they meant.
import { appendChanges } from '../changes/append.ts'
import { ringBell } from '../changes/ring-bell.ts'
import { tellAct } from '../changes/tell-act.ts'
import type { Database, Tx } from '../db/database.ts'
import { lockDirectory } from '../db/lock-directories.ts'
import { organizationOf } from '../db/organization-of.ts'
import { inTransaction } from '../db/transaction.ts'
import { approveEvents, rejectEvents } from '../guard/decide-events.ts'
import { guardChange, type GuardNews } from '../guard/guard-change.ts'
import type { Decided, RunOperations } from '../operations/run-operations.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally, type Tally } from '../stats/tally.ts'
import { queueRun } from '../sync/request-run.ts'
import { dropDeferrals } from './run-context.ts'

export interface RunOperationsOptions {
  readonly db: Database
  readonly now: () => Date
  /** Signals the runner that there is something to do. */
  readonly nudge: () => void
  /** Called after events that the guard had held are released. */
  readonly onReleased: () => void
}

/** The operations on runs, and on what the guard holds, for mutations. */
export function createRunOperations({ db, now, nudge, onReleased }: RunOperationsOptions): RunOperations {
  /**
   * Decides on everything that is held in a directory, a run and events, and records it in the change log, with the
   * actor.
   */
  async function decide(
    kind: Exclude<GuardNews['kind'], 'CHANGES_HELD'>,
    directoryId: string,
    actor: string,
    act: (tx: Tx, tally: Tally) => Promise<Decided>,
  ): Promise<Decided | null> {
    const decided = await inTransaction(db.pool, async (tx) => {
      await lockDirectory(tx, directoryId) // the guard decides under it too
      const tally = createTally()
      const { runId, events } = await act(tx, tally)
      if (runId === null && events === 0) return null
      const organizationId = await organizationOf(tx, directoryId)
      const detail = { reason: null, users: null, memberships: null, events, syncRunId: runId }
      const news = { kind, directoryId, organizationId, source: 'MUTATION', eventId: null, actor } as const
      await appendChanges(tx, [guardChange({ ...news, occurredAt: now(), detail })])
      await recordTally(tx, tally)
      return { runId, events }
    })
    if (decided?.runId != null) nudge()
    if (decided !== null && decided.events > 0) onReleased()
    return decided
  }

  async function tell(tx: Tx, kind: 'SYNC_REQUESTED' | 'SYNC_CANCELLED', run: Run, actor: string): Promise<void> {
    const { id: syncRunId, directoryId, dryRun } = run
    const organizationId = await organizationOf(tx, directoryId)
    await tellAct(tx, { kind, directoryId, organizationId, actor, detail: { syncRunId, dryRun } }, now())
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
        if ((await change(tx, CANCEL, id, now())) === null) return false
        await tell(tx, 'SYNC_CANCELLED', run, actor)
        return true
      })
      if (cancelled) nudge()
      return cancelled
    },
    approve: (directoryId, actor) =>
      decide('HELD_CHANGES_APPROVED', directoryId, actor, async (tx) => ({
        runId: await change(tx, APPROVE, directoryId, actor),
        events: await approveEvents(tx, directoryId),
      })),
    reject: (directoryId, actor) =>
      decide('HELD_CHANGES_REJECTED', directoryId, actor, async (tx, tally) => ({
        runId: await change(tx, REJECT, directoryId, now()),
        events: await rejectEvents(tx, directoryId, `The guard had held it, and ${actor} rejected it`, tally),
      })),
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

/** Runs an update that returns the run's id; null if it matched none. */
async function change(tx: Tx, text: string, ...values: unknown[]): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(text, values)
  const id = rows[0]?.id ?? null
  if (id === null) return null
  await dropDeferrals(tx, id)
  await ringBell(tx)
  return id
}

// No instance is working on a run that is queued or waits for approval. A running one is asked to stop, and checks
// after each page.
const CANCEL = `
  update sync_run
  set cancel_requested = true, state = case when state = 'RUNNING' then state else 'CANCELLED' end,
      finished_at = case when state <> 'RUNNING' then $2::timestamptz end
  where id = $1 and finished_at is null
  returning id`

const AWAITS = `directory_id = $1 and state = 'AWAITING_APPROVAL' and finished_at is null`

// Earlier removals were counted with it, and no longer count.
const APPROVE = `
  with approved as (
    update sync_run set state = 'RUNNING', approved_by = $2 where ${AWAITS} returning id, directory_id
  ), forgotten as (
    update directory d set guard_since = now() from approved a where d.id = a.directory_id
  )
  select id from approved`

const REJECT = `update sync_run set state = 'CANCELLED', finished_at = $2 where ${AWAITS} returning id`
