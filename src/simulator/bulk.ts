import type { EventEnvelope, UserObject } from './payload.ts'
import { offboard } from './leaving.ts'
import { hire, type UserOutcome } from './people.ts'
import { chooseDirectory, type World } from './world.ts'

interface Bulk {
  directoryId?: string | undefined
  count: number
}
interface BulkOutcome {
  users: UserObject[]
  events: EventEnvelope[]
}

export function bulkHire(world: World, { directoryId, count }: Bulk): BulkOutcome {
  const { id } = chooseDirectory(world, directoryId).object
  return together(Array.from({ length: count }, () => hire(world, { directoryId: id })))
}

/** Many at once, to see a mass-change guard at work. */
export function bulkOffboard(world: World, { directoryId, count }: Bulk): BulkOutcome {
  const { id } = chooseDirectory(world, directoryId).object
  const active = world.store.users(id).filter((user) => user.state === 'active')
  return together(active.slice(0, count).map((user) => offboard(world, { userId: user.id })))
}

function together(outcomes: UserOutcome[]): BulkOutcome {
  return { users: outcomes.map(({ user }) => user), events: outcomes.flatMap(({ events }) => events) }
}
