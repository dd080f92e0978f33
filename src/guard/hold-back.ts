import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import type { ChangeSource } from '../directory/changes.ts'
import { inWords } from '../text/in-words.ts'
import { guardChange } from './guard-change.ts'
import { holdEvents } from './hold-events.ts'
import { lookAhead, type Suspect } from './look-ahead.ts'
import { measureBurst } from './measure-burst.ts'
import { isTooMuch, reasonOf, type Burst, type GuardRule } from './threshold.ts'

/** An event that is about to be applied. */
interface DueEvent {
  readonly id: string
  readonly directoryId: string
  readonly source: ChangeSource
}

interface HeldBack {
  /** Ids of events that must not be applied before they are approved. */
  readonly ids: ReadonlySet<string>
  /** For the change log: what was stopped, and why. */
  readonly changes: readonly ChangeDraft[]
}

/**
 * The mass-change guard for the stream of events: before any of `events` is applied, it looks at everything that waits
 * in their directories, and holds those that would take too much away, with all later ones about the same users, groups
 * and memberships. `tx` has locked the directories, so no two instances decide differently, and decisions are stored in
 * the inbox, so they outlive every process. `seen` is what an earlier look found there, if no label has changed since.
 */
export async function holdBack(
  tx: Tx,
  events: readonly DueEvent[],
  rule: GuardRule,
  seen: readonly Suspect[] | null,
  now: () => Date,
): Promise<HeldBack> {
  const ids = new Set<string>()
  const changes: ChangeDraft[] = []
  const ofDirectory = Map.groupBy(events, ({ directoryId }) => directoryId)
  for (const suspect of seen ?? (await lookAhead(tx, [...ofDirectory.keys()], rule))) {
    const batch = ofDirectory.get(suspect.directoryId)
    if (batch === undefined) continue // locked, but none of its events is applied now
    const batchIds = batch.map(({ id }) => id)
    // While a burst of both goes on, every removal is held and need not be counted.
    const burst = suspect.isOver && !suspect.bursting ? await measureBurst(tx, suspect, batchIds) : null
    const tooMuch = {
      users: burst !== null && isTooMuch(burst.users),
      memberships: burst !== null && isTooMuch(burst.memberships),
    }
    const isTooMany = tooMuch.users || tooMuch.memberships
    const held = isTooMany || suspect.holds ? await holdEvents(tx, suspect, batchIds, tooMuch) : []
    for (const { id } of held) ids.add(id)
    const isTrip = isTooMany && held.some(({ heldFor }) => heldFor !== null)
    const first = isTrip ? batch.find(({ id }) => ids.has(id)) : undefined
    // If what would be too much comes later in the queue, it is reported when that is reached.
    if (burst !== null && first !== undefined) changes.push(trip(suspect, burst, first, held.length, now()))
  }
  return { ids, changes }
}

function trip(suspect: Suspect, burst: Burst, first: DueEvent, events: number, now: Date): ChangeDraft {
  const { directoryId, organizationId, windowMs } = suspect
  const why = { directoryId, source: first.source, eventId: first.id, occurredAt: now }
  return guardChange(why, {
    kind: 'CHANGES_HELD',
    organizationId,
    detail: {
      reason: reasonOf(burst, `within ${inWords(windowMs)}`),
      users: burst.users.count,
      memberships: burst.memberships.count,
      events,
      syncRunId: null,
    },
  })
}
