import type { Clock } from './clock.ts'
import type { Ids } from './ids.ts'
import { envelope, type EventEnvelope } from './payload.ts'

export interface EventQuery {
  names: readonly string[]
  after?: string | undefined
  rangeStart?: number | undefined
  rangeEnd?: number | undefined
  organizationId?: string | undefined
  limit: number
}

export type EventLog = ReturnType<typeof createEventLog>

/**
 * Everything that happened, oldest first: what the Events API lists. Beyond `capacity` the oldest events are dropped.
 */
export function createEventLog({ clock, ids, capacity }: { clock: Clock; ids: Ids; capacity: number }) {
  const listeners = new Set<(event: EventEnvelope) => void>()
  const positions = new Map<string, number>()
  let events: EventEnvelope[] = []

  function keep(kept: EventEnvelope[]): void {
    events = kept
    positions.clear()
    for (const [position, { id }] of events.entries()) positions.set(id, position)
  }

  function append(event: string, data: object): EventEnvelope {
    const now = clock.now()
    const entry = envelope(event, data, now, ids.next('event', now))
    positions.set(entry.id, events.length)
    events.push(entry)
    // A tenth at a time, so that dropping costs little per event.
    if (events.length > capacity) keep(events.slice(events.length - Math.ceil(capacity * 0.9)))
    for (const listener of listeners) listener(entry)
    return entry
  }

  /** Returns a page and whether more follows, or null if the cursor is unknown or dropped. */
  function list(query: EventQuery): { events: EventEnvelope[]; more: boolean } | null {
    const from = query.after === undefined ? -1 : positions.get(query.after)
    if (from === undefined) return null
    const names = new Set(query.names)
    const page: EventEnvelope[] = []
    for (let at = from + 1; at < events.length; at += 1) {
      const event = events[at]!
      if (!names.has(event.event) || !isWithin(event, query)) continue
      if (page.length === query.limit) return { events: page, more: true }
      page.push(event)
    }
    return { events: page, more: false }
  }

  return {
    append,
    list,
    get: (id: string): EventEnvelope | null => events[positions.get(id) ?? -1] ?? null,
    all: (): readonly EventEnvelope[] => events,
    /** Drops all but the newest `kept`, as retention does: cursors to older ones are unknown from then on. */
    forget: (kept: number): void => keep(kept === 0 ? [] : events.slice(-kept)),
    /** Starts with these events, as if never interrupted, without calling listeners again. */
    resume: keep,
    onAppend: (listener: (event: EventEnvelope) => void): void => void listeners.add(listener),
  }
}

function isWithin(event: EventEnvelope, { rangeStart, rangeEnd, organizationId }: EventQuery): boolean {
  const at = Date.parse(event.created_at)
  if (rangeStart !== undefined && at < rangeStart) return false
  if (rangeEnd !== undefined && at > rangeEnd) return false
  return organizationId === undefined || organizationOf(event) === organizationId
}

// Membership events name the organization only inside the group.
function organizationOf({ data }: EventEnvelope): unknown {
  if (data['organization_id'] !== undefined) return data['organization_id']
  const { group } = data
  return typeof group === 'object' && group !== null && 'organization_id' in group ? group.organization_id : undefined
}
