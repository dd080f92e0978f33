import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { organizationOf } from '../db/organization-of.ts'
import { inWords } from '../text/in-words.ts'
import { countGone, RULE, type Gone } from './count-gone.ts'
import { guardChange } from './guard-change.ts'
import { isTooMuch, measureOf, reasonOf, type Burst, type GuardLimits, type GuardRule } from './threshold.ts'

/** How many active users and memberships a run is about to remove. */
export interface Going {
  /** Active users. */
  readonly users: number
  /** Memberships of active users who stay. */
  readonly memberships: number
}

interface Excess {
  /** Including what the directory has recently lost. */
  readonly burst: Burst
  readonly reason: string
}

/**
 * The mass-change guard for runs: measures what one is about to remove at its end, together with recent removals.
 * Returns why it has to be approved first; null if it need not be. `tx` must have locked the directory.
 */
export async function judgeRun(tx: Tx, directoryId: string, going: Going, rule: GuardRule): Promise<Excess | null> {
  if (going.users + going.memberships === 0) return null
  const totals = await tx.query<Totals>(TOTALS, [directoryId, rule.minimum, rule.percent, rule.windowMs])
  const { users, memberships, holds, since, ...limits } = onlyRow(totals)
  const gone = await countGone(tx, directoryId, since)
  const burst: Burst = {
    users: measureOf(limits, gone.users, going.users, users),
    memberships: measureOf(limits, gone.memberships, going.memberships, memberships),
  }
  const reason = reasonOf(burst, howOf(gone, rule))
  if (isTooMuch(burst.users) || isTooMuch(burst.memberships)) return { burst, reason }
  // No run does what held events would have done before these were approved or rejected.
  return holds ? { burst, reason: HELD } : null
}

/** What there is in a directory, and its thresholds. */
interface Totals extends GuardLimits {
  readonly users: number
  readonly memberships: number
  readonly holds: boolean
  /** Removals count from then on. */
  readonly since: Date
}

const HELD = 'Events of the directory are held, and this would remove more'

const howOf = ({ users, memberships }: Gone, { windowMs }: GuardRule) =>
  users + memberships === 0 ? 'by one comparison' : `by one comparison and within the ${inWords(windowMs)} before it`

const TOTALS = `
  select (select count(*) from directory_user where directory_id = d.id and state = 'ACTIVE') as users,
         (select count(*) from membership m join directory_group g on g.id = m.group_id
          join directory_user u on u.id = m.user_id and u.state = 'ACTIVE'
          where g.directory_id = d.id and m.visible) as memberships,
         exists (select from inbox_event where directory_id = d.id and status = 'HELD' and removal is not null) as holds,
         ${RULE}
  from directory d where id = $1`

/** Records what a run is about to remove without approval, so that the guard counts it. */
export async function noteRemoval(tx: Tx, runId: string, { users, memberships }: Going): Promise<void> {
  await tx.query(
    `update sync_run set users_taken = $2, edges_taken = $3, taken_after = (select position from change_clock) where id = $1`,
    [runId, users, memberships],
  )
}

/** A run that is stopped. */
interface Stopped {
  readonly id: string
  readonly directoryId: string
}

/** The change that says what was stopped, and why. */
export async function tripOf(
  tx: Tx,
  { id, directoryId }: Stopped,
  { burst, reason }: Excess,
  now: Date,
): Promise<ChangeDraft> {
  const why = { directoryId, source: 'SYNC_RUN', occurredAt: now } as const
  return guardChange(why, {
    kind: 'CHANGES_HELD',
    organizationId: await organizationOf(tx, directoryId),
    detail: { reason, users: burst.users.count, memberships: burst.memberships.count, events: 0, syncRunId: id },
  })
}
