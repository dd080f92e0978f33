// Memberships in the part of the mirror that a batch touches.
import { isNewer, type Version } from '../directory/version.ts'
import { directoryOf, edgeKey, record, type Cause, type Edge, type Mirror } from './mirror.ts'
import { groupState, isLive, userState } from './states.ts'

/** The edge between a group and a user, a new one if nothing is known. */
function edgeOf(mirror: Mirror, groupId: string, userId: string, directoryId: string): Edge {
  const key = edgeKey(groupId, userId)
  let edge = mirror.edges.get(key)
  if (edge === undefined) {
    const version = whenListed(mirror, groupId, directoryId)
    edge = { groupId, userId, directoryId, present: false, visible: false, version, changed: version !== null }
    mirror.edges.set(key, edge)
  }
  return edge
}

// When the group's members were last listed, without this one; null if that is unknown.
function whenListed(mirror: Mirror, groupId: string, directoryId: string): Version | null {
  const { listed } = directoryOf(mirror, directoryId)
  const runId = mirror.groups.get(groupId)?.membersRunId ?? null
  return listed !== null && runId === `sync_run_${listed.id}` ? listed : null
}

export function edgesOfUser(mirror: Mirror, userId: string): Edge[] {
  return [...mirror.edges.values()].filter((edge) => edge.userId === userId)
}

export function edgesOfGroup(mirror: Mirror, groupId: string): Edge[] {
  return [...mirror.edges.values()].filter((edge) => edge.groupId === groupId)
}

/** Applies that a user is in a group, or not. Returns false if that is old. */
export function applyEdge(mirror: Mirror, cause: Cause, groupId: string, userId: string, present: boolean): boolean {
  const edge = edgeOf(mirror, groupId, userId, cause.directoryId)
  if (!isNewer(cause.version, edge.version)) return false
  const { present: wasPresent, visible: wasVisible } = edge
  edge.version = cause.version
  edge.present = present
  edge.changed = true
  showEdge(mirror, cause, edge)
  if (present !== wasPresent && edge.visible === wasVisible) mirror.changedWhileHidden.set(userId, cause)
  return true
}

/**
 * Shows or hides an edge, depending on its presence and on whether both its ends live, and records that in the change
 * log.
 */
export function showEdge(mirror: Mirror, cause: Cause, edge: Edge): void {
  const user = mirror.users.get(edge.userId)
  const group = mirror.groups.get(edge.groupId)
  const userLives = user === undefined ? mirror.lives.get(edge.userId) === true : isLive(userState(user.known))
  const visible = edge.present && userLives && group !== undefined && isLive(groupState(group.known))
  if (visible === edge.visible) return
  edge.visible = visible
  edge.changed = true
  const kind = visible ? 'MEMBERSHIP_ADDED' : 'MEMBERSHIP_REMOVED'
  record(mirror, cause, { kind, directoryUserId: edge.userId, directoryGroupId: edge.groupId })
}
