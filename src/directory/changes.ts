import type { ChangeKind } from './change-kinds.ts'
import type { FieldList } from './freshness.ts'
import type { Json, JsonObject, UserFields } from './objects.ts'

export type ChangeSource = 'WEBHOOK' | 'EVENTS_API' | 'SYNC_RUN' | 'MUTATION' | 'RETENTION' | 'OUTBOUND'

/** Whether a directory user is visible, and as what. UNSEEN: so far only mentioned by memberships that ended. */
export type DirectoryUserState = 'UNSEEN' | 'ACTIVE' | 'INACTIVE' | 'DELETED'
export type DirectoryGroupState = 'UNSEEN' | 'ACTIVE' | 'DELETED'
/** Whether an account may have access. */
export type AccountState = 'ACTIVE' | 'INACTIVE' | 'DELETED'

export function userChange(before: DirectoryUserState, after: DirectoryUserState, changed: boolean): ChangeKind | null {
  if (after === 'UNSEEN') return null
  if (before === after) return changed && after !== 'DELETED' ? 'DIRECTORY_USER_UPDATED' : null
  if (after === 'DELETED') return 'DIRECTORY_USER_DELETED'
  if (before === 'UNSEEN') return 'DIRECTORY_USER_CREATED'
  return after === 'ACTIVE' || before === 'DELETED' ? 'DIRECTORY_USER_REACTIVATED' : 'DIRECTORY_USER_DEACTIVATED'
}

export function groupChange(
  before: DirectoryGroupState,
  after: DirectoryGroupState,
  changed: boolean,
): ChangeKind | null {
  if (after === 'UNSEEN') return null
  if (before === after) return changed && after !== 'DELETED' ? 'DIRECTORY_GROUP_UPDATED' : null
  return after === 'DELETED' ? 'DIRECTORY_GROUP_DELETED' : 'DIRECTORY_GROUP_CREATED'
}

/** What differs between two states of one object, by schema field names. */
export interface Difference {
  readonly changedFields: string[]
  /** The former values of changedFields. */
  readonly previous: JsonObject
}

// Timestamps are not news, deletion has kinds of its own, and raw attributes need a scope that readers of changes may
// lack.
const UNTOLD = new Set(['createdAt', 'updatedAt', 'deletedAt'])
const NAMED_ONLY = new Set(['rawAttributes'])

/** The user's fields that the log may report, by their names in the schema, except `state`. */
export function toldFields(fields: UserFields): JsonObject {
  const told = Object.entries(fields).filter(
    ([name]) => !UNTOLD.has(name) && !NAMED_ONLY.has(name) && name !== 'active',
  )
  return Object.fromEntries(told)
}

export function difference<Fields extends object>(before: Fields, after: Fields, list: FieldList<Fields>): Difference {
  const changedFields: string[] = []
  const previous: JsonObject = {}
  for (const field of list) {
    const name = field as string
    if (UNTOLD.has(name) || isSame(before[field], after[field])) continue
    changedFields.push(name === 'active' ? 'state' : name)
    if (name === 'active') previous.state = before[field] === true ? 'ACTIVE' : 'INACTIVE'
    else if (name === 'customAttributes')
      previous[name] = formerAttributes(before[field] as JsonObject, after[field] as JsonObject)
    else if (!NAMED_ONLY.has(name)) previous[name] = before[field] as Json
  }
  return { changedFields, previous }
}

/**
 * The changed attributes that were null, not absent: `previous` says null of both, and queries about a past moment must
 * tell them apart.
 */
export function formerNulls(before: JsonObject, after: JsonObject): string[] {
  return Object.keys(before).filter((name) => before[name] === null && after[name] !== null)
}

// Only those that changed, with null for one that was absent: the form of WorkOS's own `previous_attributes`.
function formerAttributes(before: JsonObject, after: JsonObject): JsonObject {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  // An attribute may be called `constructor`, which every object has.
  const own = (attributes: JsonObject, name: string) => (Object.hasOwn(attributes, name) ? attributes[name] : undefined)
  return Object.fromEntries(
    names
      .filter((name) => !isSame(own(before, name), own(after, name)))
      .map((name) => [name, own(before, name) ?? null]),
  )
}

/** Whether two JSON values, lists of texts, times or objects of these are equal, whatever the order of keys. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Date || b instanceof Date)
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime()
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  for (const key of keys) if (!Object.hasOwn(right, key) || !isSame(left[key], right[key])) return false
  return true
}
