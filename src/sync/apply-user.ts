import {
  difference,
  formerNulls,
  isSame,
  toldFields,
  userChange,
  type Difference,
  type DirectoryUserState,
} from '../directory/changes.ts'
import { learn, type Fact } from '../directory/freshness.ts'
import { userFields, type JsonObject, type UserFields } from '../directory/objects.ts'
import { edgesOfUser, showEdge } from './edges.ts'
import { isKnownOnlyAsDeleted, record, userOf, type Cause, type Mirror } from './mirror.ts'
import { isIntroduced, isLive, userState } from './states.ts'

/** Applies what `cause` says about a user. Returns false if all of it is older than what is known (law 3). */
export function applyUser(mirror: Mirror, cause: Cause, id: string, fields: Fact<UserFields>['fields']): boolean {
  const entry = userOf(mirror, id, cause.directoryId)
  const { known: before, changed: isTouched } = entry
  entry.known = learn(before, userFields, { version: cause.version, fields })
  // A new row may be a tombstone at once, which readers find.
  const isTombstone = isTouched && userState(entry.known) === 'DELETED'
  if (entry.known === before) {
    mirror.untold ||= isTombstone
    return false
  }
  entry.changed = true

  const was = isKnownOnlyAsDeleted(mirror, cause.directoryId, before) ? 'UNSEEN' : userState(before)
  const is = userState(entry.known)
  const diff = difference(before.fields, entry.known.fields, userFields)
  const kind = userChange(was, is, diff.changedFields.length > 0)
  const recorded = is === 'DELETED' || was === 'UNSEEN' ? {} : was === 'DELETED' ? asRevived(diff) : diff
  if (entry.account === null && isLive(is) && isIntroduced(entry.known)) {
    const { fields } = entry.known
    const { active = false, cause: first = cause, introduced = fields } = entry.alive ?? {}
    entry.alive = { fields, introduced, active: active || is === 'ACTIVE', cause: first }
  }
  const former = formerOf(before.fields, entry.known.fields, was, is)
  if (kind !== null)
    record(mirror, cause, { ...recorded, ...(former && { detail: former }), kind, directoryUserId: id })
  else if (isTombstone || (is !== 'UNSEEN' && !isSame(before.fields, entry.known.fields))) mirror.untold = true
  if (isLive(was) !== isLive(is)) {
    mirror.flippedUsers.set(id, cause)
    for (const edge of edgesOfUser(mirror, id)) showEdge(mirror, cause, edge)
  }
  return true
}

// For queries about a past moment: a tombstone does not keep this, and may be all that was ever known of a user.
function formerOf(
  before: UserFields,
  after: UserFields,
  was: DirectoryUserState,
  is: DirectoryUserState,
): JsonObject | null {
  if (is === 'DELETED') return { was, former: toldFields(before) }
  const nullAttributes = was === 'UNSEEN' ? [] : formerNulls(before.customAttributes, after.customAttributes)
  return nullAttributes.length === 0 ? null : { former: { nullAttributes } }
}

// What `active` was under the tombstone is not what readers saw.
function asRevived({ changedFields, previous }: Difference): Difference {
  const others = changedFields.filter((field) => field !== 'state')
  return { changedFields: ['state', ...others], previous: { ...previous, state: 'DELETED' } }
}
