import { unknownGroup, unknownUser, type GroupFields, type UserFields } from '../directory/objects.ts'
import { timeOfId } from '../directory/version.ts'
import { fullName } from '../text/full-name.ts'
import { toGroupFields, toUserFields, type WireGroup, type WireUser } from './wire.ts'

// A user's or group's own event, and the state API, give the whole object: it does not have what is absent. `asOf` is
// used if the object does not say when it was updated.

function wholeUser(user: WireUser, asOf: Date): Partial<UserFields> {
  const { active: _, ...absent } = unknownUser(timeOfId(user.id))
  // WorkOS's own samples of 2026 leave out the full name of users who have both of its parts.
  const name = fullName(user.first_name, user.last_name)
  return { ...absent, name, updatedAt: asOf, ...toUserFields(user), deletedAt: null }
}

/** What a user's own event says; if `isPart`, only what could be read. */
export function reportedFields(user: WireUser, asOf: Date, isPart: boolean): Partial<UserFields> {
  return isPart ? { ...toUserFields(user), deletedAt: null } : wholeUser(user, asOf)
}

/** Names on the wire, and the fields that are read from them. */
const FIELDS_OF_USER: Readonly<Record<string, readonly (keyof UserFields)[]>> = {
  idp_id: ['idpId'],
  email: ['email'],
  first_name: ['firstName', 'name'],
  last_name: ['lastName', 'name'],
  name: ['name'],
  username: ['username'],
  job_title: ['jobTitle'],
  emails: ['emails'],
  custom_attributes: ['customAttributes', 'username'],
  raw_attributes: ['rawAttributes'],
  role: ['idpRoles'],
  roles: ['idpRoles'],
  created_at: ['createdAt'],
  updated_at: ['updatedAt'],
}

const FIELDS_OF_GROUP: Readonly<Record<string, readonly (keyof GroupFields)[]>> = {
  idp_id: ['idpId'],
  name: ['name'],
  raw_attributes: ['rawAttributes'],
  created_at: ['createdAt'],
  updated_at: ['updatedAt'],
}

/**
 * Everything that the state API says about a user except what is read from these names, which keeps its known value.
 */
export function userWithout(unread: readonly string[], user: WireUser, asOf: Date): Partial<UserFields> {
  return without(wholeUser(user, asOf), unread, FIELDS_OF_USER)
}

/** The same for a group. */
export function groupWithout(unread: readonly string[], group: WireGroup, asOf: Date): Partial<GroupFields> {
  return without(wholeGroup(group, asOf), unread, FIELDS_OF_GROUP)
}

function without<Fields>(
  fields: Partial<Fields>,
  unread: readonly string[],
  fieldsOf: Readonly<Record<string, readonly (keyof Fields)[]>>,
): Partial<Fields> {
  const rest = { ...fields }
  for (const name of unread) for (const field of fieldsOf[name] ?? []) delete rest[field]
  return rest
}

/** Whether an object says that its user must not be let in. */
export function endsAccess(object: unknown): boolean {
  const { state } = (object ?? {}) as { state?: unknown }
  return typeof state === 'string' && state !== 'active'
}

export function wholeGroup(group: WireGroup, asOf: Date): Partial<GroupFields> {
  return { ...unknownGroup(timeOfId(group.id)), updatedAt: asOf, ...toGroupFields(group), deletedAt: null }
}
