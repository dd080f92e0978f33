import { difference, groupChange, isSame } from '../directory/changes.ts'
import { learn, type Fact } from '../directory/freshness.ts'
import { groupFields, type GroupFields } from '../directory/objects.ts'
import { edgesOfGroup, showEdge } from './edges.ts'
import { groupOf, record, type Cause, type Mirror } from './mirror.ts'
import { groupState, isLive } from './states.ts'

/** Applies what `cause` says about a group. Returns false if all of it is older than what is known. */
export function applyGroup(mirror: Mirror, cause: Cause, id: string, fields: Fact<GroupFields>['fields']): boolean {
  const entry = groupOf(mirror, id, cause.directoryId)
  const { known: before, changed: isTouched } = entry
  entry.known = learn(before, groupFields, { version: cause.version, fields })
  // A new row may be a tombstone at once, which readers find.
  const isTombstone = isTouched && groupState(entry.known) === 'DELETED'
  if (entry.known === before) {
    mirror.untold ||= isTombstone
    return false
  }
  entry.changed = true

  const [was, is] = [groupState(before), groupState(entry.known)]
  const diff = difference(before.fields, entry.known.fields, groupFields)
  const kind = groupChange(was, is, diff.changedFields.length > 0)
  const recorded = was === is ? diff : {}
  if (kind !== null) record(mirror, cause, { ...recorded, kind, directoryGroupId: id })
  else if (isTombstone || (is !== 'UNSEEN' && !isSame(before.fields, entry.known.fields))) mirror.untold = true
  if (isLive(was) !== isLive(is)) {
    mirror.flippedGroups.set(id, cause)
    for (const edge of edgesOfGroup(mirror, id)) showEdge(mirror, cause, edge)
  }
  return true
}
