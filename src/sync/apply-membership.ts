import type { MembershipEvent } from '../directory/events.ts'
import { applyGroup } from './apply-group.ts'
import { applyUser } from './apply-user.ts'
import { tellEdge, type Cause, type Mirror } from './mirror.ts'

/**
 * Takes in a membership and what its event says of user and group, each by its own scope: news of one may be old news
 * of another. Gives false where all of it is old.
 */
export function applyMembership(mirror: Mirror, cause: Cause, event: MembershipEvent): boolean {
  const toldUser = applyUser(mirror, cause, event.user.id, event.user.fields)
  const toldGroup = applyGroup(mirror, cause, event.group.id, event.group.fields)
  const told = tellEdge(mirror, cause, event.group.id, event.user.id, event.type === 'dsync.group.user_added')
  return told || toldUser || toldGroup
}
