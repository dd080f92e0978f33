import type { MembershipEvent } from '../directory/events.ts'
import { applyGroup } from './apply-group.ts'
import { applyUser } from './apply-user.ts'
import { applyEdge } from './edges.ts'
import { type Cause, type Mirror } from './mirror.ts'

/**
 * Applies a membership and what its event says about user and group, each in its own scope: what is news about one may
 * be old about another. Returns false if all of it is old.
 */
export function applyMembership(mirror: Mirror, cause: Cause, event: MembershipEvent): boolean {
  const userApplied = applyUser(mirror, cause, event.user.id, event.user.fields)
  const groupApplied = applyGroup(mirror, cause, event.group.id, event.group.fields)
  const edgeApplied = applyEdge(mirror, cause, event.group.id, event.user.id, event.type === 'dsync.group.user_added')
  return edgeApplied || userApplied || groupApplied
}
