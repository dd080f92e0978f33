import type { Appended, ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import type { ChangeSource } from '../directory/changes.ts'
import type { SyncEvent } from '../directory/events.ts'
import { adoptOrganization, applyDirectory } from './apply-directory.ts'
import { applyGroup } from './apply-group.ts'
import { applyMembership } from './apply-membership.ts'
import { applyUser } from './apply-user.ts'
import { loadMirror, wantedBy } from './load-mirror.ts'
import { directoryOf, endedWith, type Cause, type Mirror } from './mirror.ts'
import { writeMirror } from './write-mirror.ts'
import { standingOf, takenBy, type Taken } from './taken.ts'

/** The outcome of an event. STALE: everything it says is older than what is known. */
type EventOutcome = { readonly status: 'APPLIED' | 'STALE' } | { readonly status: 'FAILED'; readonly error: string }

export interface Arrival {
  readonly event: SyncEvent
  readonly source: ChangeSource
}

/** What is known once everything but the log is written. */
export interface Verdicts {
  /** By event id. */
  readonly outcomes: ReadonlyMap<string, EventOutcome>
  /** What each event took away of what was there before, by event id. */
  readonly taken: ReadonlyMap<string, Taken>
}

interface AppliedEvents extends Pick<Verdicts, 'outcomes'> {
  readonly appended: Appended | null
}

/**
 * Applies events in the order given, in a constant number of statements: writes mirror rows and the change log, but
 * does not commit. `tx` must have locked the events' directories. `news` goes into the log before what the events
 * change; `note` records the outcomes of the events just before the log, since whatever comes after the log makes all
 * others wait. An event that can never be applied is FAILED and has changed nothing.
 */
export async function applyEvents(
  tx: Tx,
  arrivals: readonly Arrival[],
  news: readonly ChangeDraft[],
  note: (verdicts: Verdicts) => Promise<void>,
): Promise<AppliedEvents> {
  const events = arrivals.map(({ event }) => event)
  const mirror = await loadMirror(tx, wantedBy(events))
  const before = standingOf(mirror)
  const outcomes = new Map(arrivals.map((arrival) => [arrival.event.id, applyOne(mirror, arrival)]))
  const beside = () => note({ outcomes, taken: takenBy(mirror, before, events) })
  return { outcomes, appended: await writeMirror(tx, mirror, { news, beside }) }
}

function applyOne(mirror: Mirror, { event, source }: Arrival): EventOutcome {
  const error = misplaced(mirror, event)
  if (error !== null) return { status: 'FAILED', error }
  const directory = directoryOf(mirror, event.directoryId)
  if (directory.lastEventAt === null || directory.lastEventAt < event.occurredAt) {
    directory.lastEventAt = event.occurredAt
    directory.changed = true
  }
  const cause: Cause = {
    version: { at: event.occurredAt.getTime(), id: event.id },
    directoryId: event.directoryId,
    source,
  }
  return { status: applyByType(mirror, cause, event) ? 'APPLIED' : 'STALE' }
}

// An event that names an object of another directory would mix customers.
function misplaced({ users, groups }: Mirror, event: SyncEvent): string | null {
  const named = [
    'user' in event ? users.get(event.user.id) : undefined,
    'group' in event ? groups.get(event.group.id) : undefined,
  ]
  const other = named.find((entry) => entry !== undefined && entry.directoryId !== event.directoryId)
  if (other === undefined) return null
  return `${other.id} belongs to ${other.directoryId}; an event of ${event.directoryId} cannot change it`
}

function applyByType(mirror: Mirror, cause: Cause, event: SyncEvent): boolean {
  if (!('directory' in event)) {
    adoptOrganization(mirror, cause, directoryOf(mirror, event.directoryId), event.organizationId)
    endWithDirectory(mirror, cause, event)
  }
  switch (event.type) {
    case 'dsync.activated':
    case 'dsync.deactivated':
    case 'dsync.deleted':
      return applyDirectory(mirror, cause, event)
    case 'dsync.user.created':
    case 'dsync.user.updated':
    case 'dsync.user.deleted':
      return applyUser(mirror, cause, event.user.id, event.user.fields)
    case 'dsync.group.created':
    case 'dsync.group.updated':
    case 'dsync.group.deleted':
      return applyGroup(mirror, cause, event.group.id, event.group.fields)
    case 'dsync.group.user_added':
    case 'dsync.group.user_removed':
      return applyMembership(mirror, cause, event)
  }
}

// The directory's deletion may not have reached the user or group yet, and a tombstone of their own may be older than
// it.
function endWithDirectory(mirror: Mirror, cause: Cause, event: Exclude<SyncEvent, { directory: unknown }>): void {
  const directory = directoryOf(mirror, event.directoryId)
  if (directory.deletion === null) return
  const deletion = { ...cause, version: directory.deletion }
  const { fields } = endedWith(directory)
  if ('user' in event) applyUser(mirror, deletion, event.user.id, fields)
  if ('group' in event) applyGroup(mirror, deletion, event.group.id, fields)
}
