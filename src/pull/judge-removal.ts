// The mass-change guard, for runs.
import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { organizationOf } from '../db/organization-of.ts'
import { isTooMuch, measureOf, reasonOf, type Burst, type GuardLimits, type GuardRule } from '../directory/guard.ts'
import { countGone, RULE, type Gone } from '../sync/count-gone.ts'
import { guardChange } from '../sync/guard-change.ts'
import { countUnseen } from '../sync/unseen.ts'
import { inWords } from '../text/in-words.ts'
import { causeOf, type SyncRun } from './run-context.ts'

/** How many active users and memberships a run is about to remove. */
export interface Judged {
  readonly users: number
  readonly memberships: number
  /** Why it has to be approved first; null if it need not be. */
  readonly excess: Excess | null
}

export interface Excess {
  /** Including what the directory has recently lost. */
  readonly burst: Burst
  readonly reason: string
}

/** Measures what a run takes away at its end, together with recent removals. `tx` must have locked the directory. */
export async function judgeRemoval(tx: Tx, run: SyncRun, rule: GuardRule): Promise<Judged> {
  const unseen = await countUnseen(tx, causeOf(run))
  // Users deactivated by an event meanwhile are not counted twice.
  const deferred = await tx.query<{ count: number }>(
    `select count(*) from sync_run_deferral d join directory_user u on u.id = d.user_id and u.state = 'ACTIVE'
     where d.run_id = $1`,
    [run.id],
  )
  const own = { users: unseen.activeUsers + deferred.rows[0]!.count, memberships: unseen.memberships }
  if (own.users + own.memberships === 0) return { ...own, excess: null }
  const { rows } = await tx.query<Standing>(STANDING, [run.directoryId, rule.minimum, rule.percent, rule.windowMs])
  const { users, memberships, holds, since, ...limits } = rows[0]!
  const gone = await countGone(tx, run.directoryId, since)
  const burst: Burst = {
    users: measureOf(limits, gone.users, own.users, users),
    memberships: measureOf(limits, gone.memberships, own.memberships, memberships),
  }
  const reason = reasonOf(burst, howOf(gone, rule))
  if (isTooMuch(burst.users) || isTooMuch(burst.memberships)) return { ...own, excess: { burst, reason } }
  // No run does what held events would have done before these were approved or rejected.
  return { ...own, excess: holds ? { burst, reason: HELD } : null }
}

interface Standing extends GuardLimits {
  readonly users: number
  readonly memberships: number
  readonly holds: boolean
  /** Removals count from then on. */
  readonly since: Date
}

const HELD = 'Events of the directory are held, and this would remove more'

const howOf = ({ users, memberships }: Gone, { windowMs }: GuardRule) =>
  users + memberships === 0 ? 'by one comparison' : `by one comparison and within the ${inWords(windowMs)} before it`

const STANDING = `
  select (select count(*) from directory_user where directory_id = d.id and state = 'ACTIVE') as users,
         (select count(*) from membership m join directory_group g on g.id = m.group_id
          join directory_user u on u.id = m.user_id and u.state = 'ACTIVE'
          where g.directory_id = d.id and m.visible) as memberships,
         exists (select from inbox_event where directory_id = d.id and status = 'HELD' and removal is not null) as holds,
         ${RULE}
  from directory d where id = $1`

/** Records what a run is about to remove without approval, so that the guard counts it. */
export async function noteRemoval(tx: Tx, { id }: SyncRun, { users, memberships }: Judged): Promise<void> {
  await tx.query(
    `update sync_run set users_taken = $2, edges_taken = $3, taken_after = (select position from change_clock) where id = $1`,
    [id, users, memberships],
  )
}

/** The change that says what was stopped, and why. */
export async function tripOf(tx: Tx, run: SyncRun, { burst, reason }: Excess, now: Date): Promise<ChangeDraft> {
  const { id, directoryId } = run
  return guardChange({
    kind: 'CHANGES_HELD',
    directoryId,
    organizationId: await organizationOf(tx, directoryId),
    source: 'SYNC_RUN',
    eventId: null,
    occurredAt: now,
    detail: { reason, users: burst.users.count, memberships: burst.memberships.count, events: 0, syncRunId: id },
  })
}
