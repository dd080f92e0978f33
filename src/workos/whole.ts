import { unknownGroup, unknownUser, type GroupFields, type UserFields } from '../directory/objects.ts'
import { timeOfId } from '../directory/version.ts'
import { toGroupFields, toUserFields, type WireGroup, type WireUser } from './wire.ts'

// A user's or group's own event, and the state API, give the whole object: what is absent from it, the object does not
// have. `asOf` stands in where the object does not say when it was updated.

export function wholeUser(user: WireUser, asOf: Date): Partial<UserFields> {
  const { active: _, ...absent } = unknownUser(timeOfId(user.id))
  // WorkOS's own samples of 2026 leave out the full name of users who have both of its parts.
  const name = [user.first_name, user.last_name].filter((part) => part != null && part !== '').join(' ') || null
  return { ...absent, name, updatedAt: asOf, ...toUserFields(user), deletedAt: null }
}

/** What a user's own event says; only what could be read, where `isPart`. */
export function toldOf(user: WireUser, asOf: Date, isPart: boolean): Partial<UserFields> {
  return isPart ? { ...toUserFields(user), deletedAt: null } : wholeUser(user, asOf)
}

/** Whether an object says of a user that they must not be let in. */
export function endsAccess(object: unknown): boolean {
  const { state } = (object ?? {}) as { state?: unknown }
  return typeof state === 'string' && state !== 'active'
}

export function wholeGroup(group: WireGroup, asOf: Date): Partial<GroupFields> {
  return { ...unknownGroup(timeOfId(group.id)), updatedAt: asOf, ...toGroupFields(group), deletedAt: null }
}
