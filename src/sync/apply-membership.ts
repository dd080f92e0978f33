import type { MembershipEvent } from '../directory/events.ts'
import { isNewer } from '../directory/version.ts'
import { applyGroup } from './apply-group.ts'
import { applyUser } from './apply-user.ts'
import { edgeOf, showEdge, type Cause, type Mirror } from './mirror.ts'

/**
 * Takes in a membership and what its event says of user and group, each by its own scope: news of one may be old news of
 * another. Gives false where all of it is old.
 */
export function applyMembership(mirror: Mirror, cause: Cause, event: MembershipEvent): boolean {
  const toldUser = applyUser(mirror, cause, event.user.id, event.user.fields)
  const toldGroup = applyGroup(mirror, cause, event.group.id, event.group.fields)
  const edge = edgeOf(mirror, event.group.id, event.user.id, cause.directoryId)
  if (!isNewer(cause.version, edge.version)) return toldUser || toldGroup
  const { present, visible } = edge
  edge.version = cause.version
  edge.present = event.type === 'dsync.group.user_added'
  edge.changed = true
  showEdge(mirror, cause, edge)
  if (edge.present !== present && edge.visible === visible) mirror.unseen.set(edge.userId, cause)
  return true
}
