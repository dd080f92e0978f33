import type { ChangeDraft } from '../changes/append.ts'
import type { SyncEvent } from '../directory/events.ts'
import { edgeKey, type Mirror } from './mirror.ts'
import { userState } from './states.ts'

/** What an event took away of what was there before its batch. */
export interface Taken {
  readonly users: number
  readonly edges: number
}

/** Who is active, and whether each membership in memory is visible. */
interface Standing {
  readonly active: Set<string>
  readonly visible: ReadonlyMap<string, boolean>
}

export function standingOf({ users, edges }: Mirror): Standing {
  const active = [...users.values()].filter(({ known }) => userState(known) === 'ACTIVE')
  return {
    active: new Set(active.map(({ id }) => id)),
    visible: new Map([...edges].map(([key, edge]) => [key, edge.visible])),
  }
}

/**
 * How much each of these events took away, by event id; those that took nothing are left out. No reader has seen users
 * whom the same batch had brought, so they are not counted. Memberships that are hidden because their user is gone are
 * not counted in addition to the user.
 */
export function takenBy(
  { changes, edges }: Mirror,
  before: Standing,
  events: readonly SyncEvent[],
): Map<string, Taken> {
  const taken = new Map<string, Taken>()
  const takers = new Map(events.filter((event) => !('directory' in event)).map((event) => [event.id, event]))
  const was = (change: ChangeDraft): boolean => {
    const key = edgeKey(change.directoryGroupId!, change.directoryUserId!)
    // Those that the batch did not have in memory were visible, or they could not have been hidden.
    return before.visible.get(key) ?? !edges.has(key)
  }
  for (const change of changes) {
    const event = takers.get(change.eventId ?? '')
    if (event === undefined) continue
    const { users, edges: ended } = taken.get(event.id) ?? { users: 0, edges: 0 }
    if (offboards(change) && before.active.delete(change.directoryUserId!))
      taken.set(event.id, { users: users + 1, edges: ended })
    else if (change.kind === 'MEMBERSHIP_REMOVED' && 'group' in event && was(change))
      taken.set(event.id, { users, edges: ended + 1 })
  }
  return taken
}

const offboards = ({ kind }: ChangeDraft) => kind === 'DIRECTORY_USER_DEACTIVATED' || kind === 'DIRECTORY_USER_DELETED'
