import { appendChanges } from '../changes/append.ts'
import { byHand } from '../changes/by-hand.ts'
import type { Database, Tx } from '../db/database.ts'
import { lockDirectory } from '../db/lock-directories.ts'
import { organizationOf } from '../db/organization-of.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Decided, GuardOperations } from '../operations/guard-operations.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally, type Tally } from '../stats/tally.ts'
import { approveEvents, rejectEvents } from './decide-events.ts'
import { approveRun, rejectRun } from './decide-run.ts'
import { guardChange, type GuardNews } from './guard-change.ts'
import { updateGuard } from './update-guard.ts'

interface GuardOperationsOptions {
  readonly db: Database
  readonly now: () => Date
  /** Called after a run that the guard had held is approved or rejected. */
  readonly onRunDecided: () => void
  /** Called after events that the guard had held are released. */
  readonly onReleased: () => void
}

/** The operations on what the guard holds, and on its thresholds, for mutations. */
export function createGuardOperations(options: GuardOperationsOptions): GuardOperations {
  const { db, now, onRunDecided, onReleased } = options

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
      await appendChanges(tx, [
        guardChange(byHand({ actor }, now(), { directoryId }), { kind, organizationId, detail }),
      ])
      await recordTally(tx, tally)
      return { runId, events }
    })
    if (decided?.runId != null) onRunDecided()
    if (decided !== null && decided.events > 0) onReleased()
    return decided
  }

  return {
    approve: (directoryId, actor) =>
      decide('HELD_CHANGES_APPROVED', directoryId, actor, async (tx) => ({
        runId: await approveRun(tx, directoryId, actor),
        events: await approveEvents(tx, directoryId),
      })),
    reject: (directoryId, actor) =>
      decide('HELD_CHANGES_REJECTED', directoryId, actor, async (tx, tally) => ({
        runId: await rejectRun(tx, directoryId, now()),
        events: await rejectEvents(tx, directoryId, `The guard had held it, and ${actor} rejected it`, tally),
      })),
    update: (directoryId, update, actor) => updateGuard(db, directoryId, update, byHand({ actor }, now())),
  }
}
