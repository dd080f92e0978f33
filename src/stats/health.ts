import type { Queryable } from '../db/database.ts'
import { IS_OWN_EVENT } from '../db/own-event.ts'
import type { DirectoryState } from '../directory/objects.ts'
import { countOf } from '../text/count-of.ts'
import { inWords } from '../text/in-words.ts'
import { lagOf, WAITING_SINCE } from './lag.ts'

type SyncHealthStatus = 'HEALTHY' | 'DEGRADED' | 'STALLED' | 'FAILING' | 'DISCONNECTED'

interface HealthReason {
  /** In plain words. */
  readonly text: string
  /** The same while nothing but time passes. */
  readonly key: string
}

export interface SyncHealth {
  readonly status: SyncHealthStatus
  /** Why it is not HEALTHY. */
  readonly reasons: readonly HealthReason[]
  readonly lastEventAt: Date | null
  readonly lastSyncedAt: Date | null
  readonly pendingEvents: number
  readonly failedEvents: number
  /** What the guard holds back: removals of a run, and events. */
  readonly heldChanges: number
  /** How long the oldest unapplied event has waited; 0 if there is none. */
  readonly lagSeconds: number
  readonly userCount: number
  readonly groupCount: number
  readonly checkedAt: Date
}

/** What a directory's health is judged by. Seconds are of the database's clock. */
interface Symptoms extends Omit<SyncHealth, 'status' | 'reasons' | 'heldChanges'> {
  readonly directoryId: string
  readonly state: DirectoryState
  readonly stateReason: string | null
  readonly deletedAt: Date | null
  /** Since the Events API was last read to its end; null if no instance reads it. */
  readonly catchUpSeconds: number | null
  readonly catchUpError: string | null
  /** Since WorkOS last listed all its directories, and how often it should; null if it is not polled. */
  readonly pollSeconds: number | null
  readonly pollIntervalSeconds: number
  readonly pollError: string | null
  /** Why the poll failed to learn about this directory. */
  readonly askError: string | null
  /**
   * Since it was last compared with WorkOS as a whole, and how often it should be (0: only once); null if it was never
   * due.
   */
  readonly syncedSeconds: number | null
  readonly reconcileSeconds: number
  /** Of the newest run that has ended, dry runs excepted. */
  readonly runState: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | null
  readonly runError: string | null
  /** Users and memberships that a run would remove. */
  readonly heldByRun: number
  /** Held events, and those of them that would remove something; the others wait behind them. */
  readonly heldEvents: number
  readonly heldRemovals: number
}

/** STALLED: no completed catch-up for this long, or an event that has waited this long. */
export const CATCH_UP_BOUND_S = 300
export const PENDING_BOUND_S = 60

// DEGRADED: a periodic task has not been done for this long, and for this many of its intervals.
const POLL_BOUND = { seconds: 300, intervals: 3 }
const SYNCED_BOUND = { seconds: 3_600, intervals: 2 }

const isOver = (bound: typeof POLL_BOUND, seconds: number | null, interval: number): seconds is number =>
  seconds !== null && seconds > Math.max(bound.seconds, bound.intervals * interval)

/** Everything that is wrong is a reason, and the worst of it is the status. */
function judge(symptoms: Symptoms): SyncHealth {
  const found: [SyncHealthStatus, HealthReason][] = []
  const note = (status: SyncHealthStatus, text: string, key = text) => void found.push([status, { text, key }])
  const noteSince = (status: SyncHealthStatus, seconds: number, text: (time: string) => string) =>
    note(status, text(inWords(seconds * 1_000)), withoutNumbers(text('')))
  const noteError = (text: string) => note('DEGRADED', text, withoutNumbers(text))
  const because = (error: string | null) => (error === null ? '' : `: ${error}`)

  const { state, deletedAt, stateReason, catchUpSeconds, catchUpError, lagSeconds, failedEvents } = symptoms
  const { heldByRun, heldEvents, heldRemovals } = symptoms
  const { pollSeconds, pollIntervalSeconds, pollError, askError, syncedSeconds, reconcileSeconds } = symptoms
  if (deletedAt !== null) note('DISCONNECTED', 'The directory was deleted in WorkOS')
  else if (state === 'INACTIVE') note('DISCONNECTED', stateReason ?? 'The directory is unlinked in WorkOS')
  else if (state === 'DELETING') note('DISCONNECTED', 'WorkOS is deleting the directory')
  if (state === 'INVALID_CREDENTIALS')
    note('FAILING', "WorkOS cannot sign in to the customer's directory: an IT admin has to renew its credentials")
  if (catchUpSeconds !== null && catchUpSeconds > CATCH_UP_BOUND_S)
    noteSince(
      'STALLED',
      catchUpSeconds,
      (time) => `The Events API has not been read to its end for ${time}${because(catchUpError)}`,
    )
  if (lagSeconds > PENDING_BOUND_S)
    noteSince('STALLED', lagSeconds, (time) => `The oldest unapplied event was received ${time} ago`)
  if (state === 'VALIDATING') note('DEGRADED', 'WorkOS is still validating the directory')
  if (failedEvents > 0)
    note('DEGRADED', `${countOf(failedEvents, 'event')} could not be applied: replay or discard what failed`)
  if (heldByRun > 0)
    note('DEGRADED', `${countOf(heldByRun, 'removal')} held by the guard: somebody has to approve or reject`)
  if (heldEvents > 0) {
    const what = `${countOf(heldEvents, 'event')} held by the guard, since ${heldRemovals} of them would remove too much at once`
    note('DEGRADED', `${what}: somebody has to approve or reject`)
  }
  if (symptoms.runState === 'FAILED') noteError(`The last sync run failed: ${symptoms.runError ?? 'unknown'}`)
  if (isOver(POLL_BOUND, pollSeconds, pollIntervalSeconds))
    noteSince(
      'DEGRADED',
      pollSeconds,
      (time) => `WorkOS has not listed its directories for ${time}${because(pollError)}`,
    )
  if (askError !== null && deletedAt === null) noteError(`Asking WorkOS about the directory failed: ${askError}`)
  const isCompared = state === 'ACTIVE' && deletedAt === null && reconcileSeconds > 0
  if (isCompared && isOver(SYNCED_BOUND, syncedSeconds, reconcileSeconds))
    noteSince('DEGRADED', syncedSeconds, (time) => `The directory has not been compared with WorkOS for ${time}`)

  const status = SEVERITY.find((one) => found.some(([of]) => of === one)) ?? 'HEALTHY'
  const { lastEventAt, lastSyncedAt, pendingEvents, userCount, groupCount, checkedAt } = symptoms
  const heldChanges = heldByRun + heldEvents
  const numbers = { pendingEvents, failedEvents, heldChanges, lagSeconds, userCount, groupCount }
  return { status, reasons: found.map(([, reason]) => reason), lastEventAt, lastSyncedAt, ...numbers, checkedAt }
}

// The errors that a reason quotes may say how long to wait, or how many times something was tried.
const withoutNumbers = (text: string) => text.replaceAll(/\d+/g, '')

const SEVERITY = ['DISCONNECTED', 'FAILING', 'STALLED', 'DEGRADED'] as const

/** Returns the health of directories, in one statement. Those not in the mirror are left out. */
export async function readHealth(db: Queryable, directoryIds: readonly string[]): Promise<Map<string, SyncHealth>> {
  const { rows } = await db.query<Symptoms>({ name: 'read-health', text: HEALTH, values: [directoryIds] })
  return new Map(rows.map((row) => [row.directoryId, judge(row)]))
}

const HEALTH = `
  select d.id as "directoryId", d.state, d.state_reason as "stateReason", d.deleted_at as "deletedAt",
         d.last_event_at as "lastEventAt", d.last_synced_at as "lastSyncedAt",
         pending.count as "pendingEvents", ${lagOf('pending.oldest')} as "lagSeconds",
         (select count(*) from inbox_event where directory_id = d.id and status = 'FAILED'
          and ${IS_OWN_EVENT}) as "failedEvents",
         coalesce((select held from sync_run where directory_id = d.id and finished_at is null
                   and state = 'AWAITING_APPROVAL'), 0) as "heldByRun",
         held.count as "heldEvents", held.removals as "heldRemovals",
         (select count(*) from directory_user where directory_id = d.id and state in ('ACTIVE', 'INACTIVE')) as "userCount",
         (select count(*) from directory_group where directory_id = d.id and state = 'ACTIVE') as "groupCount",
         extract(epoch from now() - coalesce(catch_up.completed_at, catch_up.begun_at))::float8 as "catchUpSeconds",
         catch_up.error as "catchUpError",
         extract(epoch from now() - coalesce(poll.completed_at, poll.begun_at))::float8 as "pollSeconds",
         poll.interval_ms / 1000 as "pollIntervalSeconds", poll.error as "pollError", d.poll_error as "askError",
         extract(epoch from now() - coalesce(d.last_synced_at, (select created_at from sync_run where directory_id = d.id
                                                                order by id limit 1)))::float8 as "syncedSeconds",
         poll.reconcile_ms / 1000 as "reconcileSeconds", ended.state as "runState", ended.error as "runError", now() as "checkedAt"
  from directory d
  cross join catch_up
  cross join directory_poll poll
  cross join lateral (select count(*) as count, min(${WAITING_SINCE}) as oldest
                      from inbox_event where directory_id = d.id and status = 'PENDING') pending
  cross join lateral (select count(*) as count, count(held_for) as removals
                      from inbox_event where directory_id = d.id and status = 'HELD') held
  left join lateral (select state, error from sync_run where directory_id = d.id and not dry_run
                       and finished_at > coalesce(d.foreign_noted_at, '-infinity')
                     order by id desc limit 1) ended on true
  where d.id = any($1::text[])`
