import { ApiError, notFound, raise } from './api-error.ts'
import type { Clock } from './clock.ts'
import type { Ids } from './ids.ts'
import type { EventEnvelope, GroupObject, UserObject } from './payload.ts'
import type { Random } from './random.ts'
import type { DirectoryRecord, Store } from './store.ts'

/**
 * What an action works with. `record` appends an event to the log, which also delivers it to the webhook. A reset
 * replaces `ids` and `random`, so read them only when needed.
 */
export interface World {
  store: Store
  clock: Clock
  ids: Ids
  random: Random
  record: (event: string, data: object) => EventEnvelope
}

interface Where {
  directoryId?: string | undefined
}

/** Returns the requested directory, or any. */
export function chooseDirectory({ store, random }: World, id: string | undefined): DirectoryRecord {
  if (id === undefined) return pickOne(random, store.directories(), 'There is no directory.')
  return store.directory(id) ?? raise(notFound('Directory', id))
}

/** Returns the requested user, or any active and suitable one of the directory, or of all directories. */
export function chooseUser(
  world: World,
  { userId, directoryId }: Where & { userId?: string | undefined },
  isSuitable = (_user: UserObject): boolean => true,
): UserObject {
  if (userId !== undefined) return world.store.user(userId) ?? raise(notFound('Directory User', userId))
  if (directoryId !== undefined) chooseDirectory(world, directoryId)
  const candidates = world.store.users(directoryId).filter((user) => user.state === 'active' && isSuitable(user))
  return pickOne(world.random, candidates, 'There is no such active user.')
}

/** Returns the requested group, or any suitable one of the directory, or of all directories. */
export function chooseGroup(
  world: World,
  { groupId, directoryId }: Where & { groupId?: string | undefined },
  isSuitable = (_group: GroupObject): boolean => true,
): GroupObject {
  if (groupId !== undefined) return world.store.group(groupId) ?? raise(notFound('Directory Group', groupId))
  if (directoryId !== undefined) chooseDirectory(world, directoryId)
  return pickOne(world.random, world.store.groups(directoryId).filter(isSuitable), 'There is no such group.')
}

/** Returns the directory of an object in the store. */
export function directoryOf({ store }: World, { directory_id: id }: { directory_id: string }): DirectoryRecord {
  return store.directory(id) ?? raise(notFound('Directory', id))
}

export function pickOne<T>(random: Random, candidates: readonly T[], complaint: string): T {
  if (candidates.length > 0) return random.pick(candidates)
  throw new ApiError(409, { message: complaint, code: 'nothing_to_choose_from' })
}
