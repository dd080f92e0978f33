import { ringBell } from '../changes/ring-bell.ts'
import { columnOf } from '../db/column-of.ts'
import type { Database, Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Listed } from '../directory/events.ts'
import type { GuardRule } from '../guard/threshold.ts'
import type { GroupFields } from '../directory/objects.ts'
import type { SyncRun } from '../generated/prisma/client.ts'
import { recordTally } from '../stats/record-tally.ts'
import { createTally, type Recorded } from '../stats/tally.ts'
import { snapshotCause } from '../sync/apply-snapshot.ts'
import { lockDirectory } from '../db/lock-directories.ts'
import type { Cause } from '../sync/mirror.ts'
import type { SnapshotApi } from '../workos/snapshot.ts'
import { OvertakenError } from './overtaken-error.ts'

export type { SyncRun }

export interface RunContext {
  readonly db: Database
  readonly snapshot: SnapshotApi
  readonly guard: GuardRule
  /** How long to wait after the first failed attempt; twice as long after each further one. */
  readonly retryMs: number
  readonly now: () => Date
  readonly stopped: () => boolean
}

/** What this process has seen of a run. */
export interface Seen {
  /** The cursors returned so far, for every list. */
  readonly cursors: Set<string>
  /** The page read last. */
  page: { readonly list: string; readonly ids: ReadonlySet<string> }
  // For dry runs, which write nothing that could tell this. Real ones leave the version of their facts behind.
  readonly groups: Map<string, Listed<GroupFields>>
  readonly users: Set<string>
  readonly deferred: Set<string>
  /** Memberships that would be removed, so far. */
  missing: number
}

/** The context of one run. */
export interface Traversal extends RunContext {
  readonly seen: Seen
}

/** What to add to a run's numbers, what to set, and what was recorded in the change log. */
export interface Progress {
  readonly appended?: Recorded | null
  readonly add?: Partial<
    Record<'usersSeen' | 'groupsSeen' | 'membershipsSeen' | 'created' | 'updated' | 'removed', number>
  >
  readonly set?: Partial<Pick<SyncRun, 'phase' | 'cursor' | 'groupId' | 'state' | 'held' | 'finishedAt' | 'expected'>>
}

export function causeOf(run: SyncRun): Cause {
  return snapshotCause(run.directoryId, run.snapshotAt!, run.id)
}

/**
 * One step of a run: its work and its progress commit together, so a killed process continues after its last page. A
 * dry run's work is undone, and only its numbers stay. Returns the run as it is then; CANCELLED if a caller requested
 * that. Throws OvertakenError if the run is no longer where it was: a page counted twice would make up for one that is
 * lost.
 */
export async function advance(
  { db, now }: RunContext,
  run: SyncRun,
  work: (tx: Tx) => Promise<Progress>,
): Promise<SyncRun> {
  await inTransaction(db.pool, async (tx) => {
    await lockDirectory(tx, run.directoryId)
    await refuseOvertaken(tx, run)
    if (run.dryRun) await tx.query('savepoint dry')
    const progress = await work(tx)
    if (run.dryRun) await tx.query('rollback to savepoint dry')
    else await tallyChanges(tx, progress.appended ?? null)
    await save(tx, run, progress, now())
  })
  return db.prisma.syncRun.findUniqueOrThrow({ where: { id: run.id } })
}

async function refuseOvertaken(tx: Tx, { id, phase, cursor, groupId, snapshotAt }: SyncRun): Promise<void> {
  const { rowCount } = await tx.query(
    `select from sync_run
     where id = $1 and finished_at is null
       and (phase, cursor, group_id, snapshot_at) is distinct from ($2::"SyncRunPhase", $3::text, $4::text, $5::timestamptz)`,
    [id, phase, cursor, groupId, snapshotAt],
  )
  if (rowCount !== 0) throw new OvertakenError(id)
}

async function tallyChanges(tx: Tx, appended: Recorded | null): Promise<void> {
  const tally = createTally()
  tally.changes(appended)
  await recordTally(tx, tally)
}

async function save(tx: Tx, { id, dryRun }: SyncRun, { add = {}, set = {} }: Progress, now: Date): Promise<void> {
  const values: unknown[] = [id, now]
  const assignments = [
    ...Object.entries(add).map(([field, value]) => `${columnOf(field)} = ${columnOf(field)} + $${values.push(value)}`),
    ...Object.entries(set)
      .filter(([field]) => field !== 'state' && field !== 'finishedAt')
      .map(([field, value]) => `${columnOf(field)} = $${values.push(value)}`),
  ]
  const state = `case when cancel_requested then 'CANCELLED' else $${values.push(set.state ?? 'RUNNING')} end::"SyncRunState"`
  const finished = `case when cancel_requested then $2 else $${values.push(set.finishedAt ?? null)}::timestamptz end`
  const { usersSeen = 0, groupsSeen = 0, membershipsSeen = 0, created = 0, updated = 0 } = add
  const more = usersSeen + groupsSeen + membershipsSeen - created - updated
  // For the whole run and not page by page: what comes back with a user or a group is on lists that are read later.
  assignments.push(
    `unchanged = greatest(users_seen + groups_seen + memberships_seen - created - updated + $${values.push(more)}, 0)`,
  )
  // A dry run starts over after each failure: pages that it reads again are no progress.
  const fresh = [...(dryRun ? [] : ['attempts = 0']), 'error = null', 'next_attempt_at = null']
  await tx.query(
    `update sync_run set ${[...assignments, `state = ${state}`, `finished_at = ${finished}`, ...fresh].join(', ')}
     where id = $1 and finished_at is null`,
    values,
  )
  await dropDeferrals(tx, id)
  await ringBell(tx)
}

/** Drops what a cancelled run had deferred. */
export async function dropDeferrals(tx: Tx, id: string): Promise<void> {
  await tx.query(
    `delete from sync_run_deferral d using sync_run r where r.id = $1 and d.run_id = r.id and r.state = 'CANCELLED'`,
    [id],
  )
}
