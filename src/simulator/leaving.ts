import { isoTime } from './clock.ts'
import { describeUser } from './describe.ts'
import { addMember, removeMember } from './membership.ts'
import type { EventEnvelope, UserObject } from './payload.ts'
import { create, update, type OfUser, type UserOutcome } from './people.ts'
import type { Departed } from './store.ts'
import { chooseUser, directoryOf, pickOne, type World } from './world.ts'

type Offboard = OfUser & {
  /** Send `user_removed` for each membership first. Undocumented; one product saw it (dust-tt/dust#30259). */
  announceRemovals?: boolean | undefined
}

type Rehire = OfUser & {
  /**
   * In a default environment, whether WorkOS gives a returning person the old id. Its docs say a new one; its
   * scim-bridge says the old one, with the old memberships and without announcing them. False by default.
   */
  sameId?: boolean | undefined
}

/** The provider deactivated a user: deleted in a default environment, inactive in the custom management flow. */
export function offboard(world: World, wishes: Offboard = {}): UserOutcome {
  const user = chooseUser(world, wishes)
  const gone: UserObject = { ...user, state: 'inactive' }
  if (directoryOf(world, user).keepsInactive) return update(world, user, gone)
  const events = wishes.announceRemovals === true ? removals(world, user) : []
  const data = { ...describeUser(world.store, gone), updated_at: isoTime(world.clock.now()) }
  world.store.removeUser(gone)
  return { user: data, events: [...events, world.record('dsync.user.deleted', data)] }
}

/** A user who left comes back. */
export function rehire(world: World, wishes: Rehire = {}): UserOutcome {
  const { store, ids, clock } = world
  const chosen = chooseLeaver(world, wishes)
  if ('id' in chosen) return update(world, chosen, { ...chosen, state: 'active' })
  const now = isoTime(clock.now())
  const back: UserObject = { ...chosen.user, state: 'active', updated_at: now }
  if (wishes.sameId === true) {
    for (const groupId of chosen.groupIds) if (store.group(groupId) !== null) store.join(groupId, back.id)
    return create(world, back)
  }
  store.forgetDeparted(chosen.user.id)
  const id = ids.next('directory_user', clock.now())
  const { user, events } = create(world, { ...back, id, created_at: now })
  const groups = chosen.groupIds.flatMap((groupId) => store.group(groupId) ?? [])
  return { user, events: [...events, ...groups.flatMap((group) => addMember(world, group, user))] }
}

function removals(world: World, user: UserObject): EventEnvelope[] {
  return world.store.groupsOf(user.id).flatMap((group) => removeMember(world, group, user))
}

function chooseLeaver({ store, random }: World, { userId, directoryId }: OfUser): UserObject | Departed {
  const inactive = store.users(directoryId).filter((user) => user.state === 'inactive')
  const leavers = [...inactive, ...store.departed(directoryId)]
  const asked = leavers.filter((one) => userId === undefined || ('id' in one ? one.id : one.user.id) === userId)
  return pickOne(random, asked, userId === undefined ? 'Nobody has left.' : `Nobody with the id '${userId}' has left.`)
}
