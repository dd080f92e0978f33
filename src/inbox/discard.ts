import type { Database } from '../db/database.ts'
import type { DiscardEvents } from '../operations/event-actions.ts'
import { takeEvents } from './take-events.ts'

interface DiscardOptions {
  readonly db: Database
  readonly now: () => Date
  /** Called after events that had waited behind discarded ones are released. */
  readonly onReleased?: () => void
  readonly most?: number
}

/** Marks events as not to be applied; the reason replaces their error. A replay brings them back. */
export function createDiscardEvents({ db, now, ...bound }: DiscardOptions): DiscardEvents {
  return (choice, reason, actor) => takeEvents(db, choice, { kind: 'EVENTS_DISCARDED', reason, actor, ...bound }, now())
}
