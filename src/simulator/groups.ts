import { isoTime } from './clock.ts'
import { newGroup } from './company.ts'
import { addMember, removeMember } from './membership.ts'
import { projectNames } from './names.ts'
import type { EventEnvelope, GroupObject } from './payload.ts'
import { previousAttributes } from './previous-attributes.ts'
import { chooseDirectory, chooseGroup, chooseUser, type World } from './world.ts'

interface GroupOutcome {
  group: GroupObject
  events: EventEnvelope[]
}
interface OfGroup {
  groupId?: string | undefined
  directoryId?: string | undefined
}
interface Named {
  name?: string | undefined
}

export function createGroup(world: World, wishes: Named & { directoryId?: string | undefined } = {}): GroupOutcome {
  const { store, random, ids, clock } = world
  const directory = chooseDirectory(world, wishes.directoryId)
  const name = wishes.name ?? projectName(world)
  const group = newGroup(directory, name, clock.now(), (kind) => ids.next(kind, clock.now()), random)
  store.putGroup(group)
  return { group, events: [world.record('dsync.group.created', group)] }
}

/** The id and `idp_id` stay, even Okta's, where the latter was the first name. */
export function renameGroup(world: World, wishes: OfGroup & Named = {}): GroupOutcome {
  const before = chooseGroup(world, wishes)
  const group = { ...before, name: wishes.name ?? projectName(world), updated_at: isoTime(world.clock.now()) }
  world.store.putGroup(group)
  const data = { ...group, previous_attributes: previousAttributes(before, group) }
  return { group, events: [world.record('dsync.group.updated', data)] }
}

/** Records one event. Members are not removed one by one: the group's deletion implies it. */
export function deleteGroup(world: World, wishes: OfGroup = {}): GroupOutcome {
  const group = chooseGroup(world, wishes)
  world.store.removeGroup(group)
  return { group, events: [world.record('dsync.group.deleted', group)] }
}

export function joinGroup(world: World, wishes: OfGroup & { userId?: string | undefined } = {}): GroupOutcome {
  const group = chooseGroup(world, wishes)
  const isOutside = ({ id }: { id: string }) => !world.store.isMember(group.id, id)
  const user = chooseUser(world, { userId: wishes.userId, directoryId: group.directory_id }, isOutside)
  return { group, events: addMember(world, group, user) }
}

export function leaveGroup(world: World, wishes: OfGroup & { userId?: string | undefined } = {}): GroupOutcome {
  const group = chooseGroup(world, wishes)
  const isInside = ({ id }: { id: string }) => world.store.isMember(group.id, id)
  const user = chooseUser(world, { userId: wishes.userId, directoryId: group.directory_id }, isInside)
  return { group, events: removeMember(world, group, user) }
}

const projectName = ({ random }: World): string => `Project ${random.pick(projectNames)} ${100 + random.below(900)}`
