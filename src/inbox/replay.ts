import type { Database } from '../db/database.ts'
import type { ReplayEvents } from '../operations/event-actions.ts'
import { takeEvents } from './take-events.ts'

interface ReplayOptions {
  readonly db: Database
  readonly now: () => Date
  /** Called after events were marked to be applied again. */
  readonly onReplayed: () => void
  readonly most?: number
}

/**
 * Marks events to be applied again, in their order among new ones. They do not change again what they have changed
 * before: their facts are not newer than themselves (law 3). Those of no directory cannot be applied, and are left.
 */
export function createReplayEvents({ db, now, onReplayed, ...bound }: ReplayOptions): ReplayEvents {
  return async (choice, actor) => {
    const taken = await takeEvents(db, choice, { kind: 'EVENTS_REPLAYED', reason: null, actor, ...bound }, now())
    if (taken.ids.length > 0) onReplayed()
    return taken
  }
}
