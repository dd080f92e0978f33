import { describeActivation, describeUser } from './describe.ts'
import { membershipData } from './payload.ts'
import type { World } from './world.ts'

/**
 * Sends WorkOS's initial sync of every directory: activated, then each user, each group, each membership. A second
 * start with the same seed says the same of the same objects, with new event ids and new event times.
 */
export function announce({ store, record }: Pick<World, 'store' | 'record'>): void {
  for (const directory of store.directories()) {
    const { id } = directory.object
    record('dsync.activated', describeActivation(store, directory))
    for (const user of store.users(id)) record('dsync.user.created', describeUser(store, user))
    for (const group of store.groups(id)) record('dsync.group.created', group)
    for (const group of store.groups(id)) {
      for (const user of store.members(group.id)) {
        record('dsync.group.user_added', membershipData(describeUser(store, user), group))
      }
    }
  }
}
