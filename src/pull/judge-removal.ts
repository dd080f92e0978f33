// The guard of design.md section 4, for runs.
import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { isTooMuch, mostOf, reasonOf, type Burst, type GuardLimits, type Measure } from '../directory/guard.ts'
import { guardChange } from '../sync/guard-change.ts'
import type { Unseen } from '../sync/unseen.ts'
import type { RunContext, SyncRun } from './run-context.ts'

/** What a run would take away at its end, where that is so much that somebody has to approve; null where it is not. */
export async function excessOf(
  { db, guard }: RunContext,
  run: SyncRun,
  unseen: Unseen,
  deferred: number,
): Promise<Burst | null> {
  const { rows } = await db.pool.query<GuardLimits & { users: number; memberships: number; holds: boolean }>(
    `select (select count(*) from directory_user where directory_id = d.id and state = 'ACTIVE') as users,
            (select count(*) from membership m join directory_group g on g.id = m.group_id
             where g.directory_id = d.id and m.visible) as memberships,
            exists (select from inbox_event where directory_id = d.id and status = 'HELD' and removal is not null) as holds,
            coalesce(guard_minimum, $2::int) as minimum, coalesce(guard_percent, $3::int) as percent
     from directory d where id = $1`,
    [run.directoryId, guard.minimum, guard.percent],
  )
  const { users, memberships, holds, ...limits } = rows[0]!
  const measure = (count: number, all: number): Measure => ({ count, all, most: mostOf(limits, all) })
  const burst: Burst = {
    users: measure(unseen.activeUsers + deferred, users),
    memberships: measure(unseen.memberships, memberships),
  }
  // What events would have done, and wait with, no run does before somebody has decided.
  const waits = holds && burst.users.count + burst.memberships.count > 0
  return waits || isTooMuch(burst.users) || isTooMuch(burst.memberships) ? burst : null
}

/** The change that says what was stopped, and why. */
export async function tripOf(tx: Tx, { id, directoryId }: SyncRun, burst: Burst, now: Date): Promise<ChangeDraft> {
  const organizations = await tx.query<{ id: string | null }>('select organization_id as id from directory where id = $1', [directoryId]) // prettier-ignore
  const reason =
    reasonOf(burst, 'by one comparison') || 'Events of the directory are held, and this would take away more'
  return guardChange({
    kind: 'CHANGES_HELD',
    directoryId,
    organizationId: organizations.rows[0]!.id,
    source: 'SYNC_RUN',
    eventId: null,
    occurredAt: now,
    detail: { reason, users: burst.users.count, memberships: burst.memberships.count, events: 0, syncRunId: id },
  })
}
