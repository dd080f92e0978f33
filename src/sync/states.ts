// The visible state of users and groups, from what is known of them.
import type { DirectoryGroupState, DirectoryUserState } from '../directory/changes.ts'
import { versionOf, type Known } from '../directory/freshness.ts'
import { groupFields, userFields, type GroupFields, type UserFields } from '../directory/objects.ts'

export function userState(known: Known<UserFields>): DirectoryUserState {
  if (known.fields.deletedAt !== null) return 'DELETED'
  if (versionOf(known, userFields, 'deletedAt') === null) return 'UNSEEN'
  return known.fields.active ? 'ACTIVE' : 'INACTIVE'
}

/**
 * Whether the fields by which a user's account is found are known. What a membership says about a user may omit them,
 * and matching a user to an account must not depend on arrival order (law 2).
 */
export function isIntroduced(known: Known<UserFields>): boolean {
  return versionOf(known, userFields, 'idpId') !== null && versionOf(known, userFields, 'email') !== null
}

export function groupState(known: Known<GroupFields>): DirectoryGroupState {
  if (known.fields.deletedAt !== null) return 'DELETED'
  return versionOf(known, groupFields, 'deletedAt') === null ? 'UNSEEN' : 'ACTIVE'
}

export function isLive(state: DirectoryUserState | DirectoryGroupState): boolean {
  return state === 'ACTIVE' || state === 'INACTIVE'
}
