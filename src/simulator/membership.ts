import { describeUser } from './describe.ts'
import { membershipData, type EventEnvelope, type GroupObject, type UserObject } from './payload.ts'
import type { World } from './world.ts'

// Neither changes a user's updated_at: WorkOS calls that a known issue, and the mirror has to cope. Each announces
// only what changed.

export function addMember({ store, record }: World, group: GroupObject, user: UserObject): EventEnvelope[] {
  if (store.isMember(group.id, user.id)) return []
  store.join(group.id, user.id)
  return [record('dsync.group.user_added', membershipData(describeUser(store, user), group))]
}

export function removeMember({ store, record }: World, group: GroupObject, user: UserObject): EventEnvelope[] {
  if (!store.isMember(group.id, user.id)) return []
  store.leave(group.id, user.id)
  return [record('dsync.group.user_removed', membershipData(describeUser(store, user), group))]
}
