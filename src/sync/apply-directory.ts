import type { ChangeKind } from '../directory/change-kinds.ts'
import { difference, isSame } from '../directory/changes.ts'
import type { DirectoryEvent } from '../directory/events.ts'
import { learn, versionOf, type Known } from '../directory/freshness.ts'
import { directoryFields, type DirectoryFields } from '../directory/objects.ts'
import { isNewer } from '../directory/version.ts'
import { applyGroup } from './apply-group.ts'
import { applyUser } from './apply-user.ts'
import { directoryOf, endedWith, record, type Cause, type DirectoryEntry, type Mirror } from './mirror.ts'

/**
 * Applies what an event says about a directory. A deletion reaches the users and groups of this batch here, and all
 * others through the cascade that it starts. Returns false if all of it is older than what is known.
 */
export function applyDirectory(mirror: Mirror, cause: Cause, event: DirectoryEvent): boolean {
  const entry = directoryOf(mirror, event.directoryId)
  const applied = learnDirectory(mirror, cause, entry, event.directory.fields)
  if (event.type !== 'dsync.deleted' || !isNewer(cause.version, entry.deletion)) return applied
  entry.deletion = cause.version
  entry.cascadeAfter = ''
  entry.changed = true
  for (const user of mirror.users.values()) {
    if (user.directoryId === entry.id) applyUser(mirror, cause, user.id, endedWith(entry).fields)
  }
  for (const group of mirror.groups.values()) {
    if (group.directoryId === entry.id) applyGroup(mirror, cause, group.id, endedWith(entry).fields)
  }
  return true
}

/** Applies what is said about a directory itself. Returns false if all of it is older than what is known. */
export function learnDirectory(
  mirror: Mirror,
  cause: Cause,
  entry: DirectoryEntry,
  fields: Partial<DirectoryFields>,
): boolean {
  const before = entry.known
  entry.known = learn(before, directoryFields, { version: cause.version, fields })
  noteLateOwner(entry, fields.organizationId ?? null, cause)
  if (entry.known === before) return false
  entry.changed = true
  if (before.fields.organizationId !== entry.known.fields.organizationId) rehome(mirror, entry, before, cause)
  if (before.fields.type !== entry.known.fields.type) entry.retyped = cause
  noteFormerOwner(entry, before, cause)
  const diff = difference(before.fields, entry.known.fields, directoryFields)
  const kind = directoryChange(before, entry.known, diff.changedFields.length > 0)
  const recorded = kind === 'DIRECTORY_UPDATED' || kind === 'DIRECTORY_DEACTIVATED' ? diff : {}
  if (kind !== null) record(mirror, cause, { ...recorded, kind })
  else if (!isSame(before.fields, entry.known.fields)) mirror.untold = true
  return true
}

function directoryChange(
  before: Known<DirectoryFields>,
  after: Known<DirectoryFields>,
  changed: boolean,
): ChangeKind | null {
  const [was, is] = [before.fields, after.fields]
  const unseen = versionOf(before, directoryFields, 'state') === null && was.deletedAt === null
  if (is.deletedAt !== null) return was.deletedAt === null ? 'DIRECTORY_DELETED' : null
  // Readers who were told that it was deleted must be told that it is back, in whatever state.
  if (was.deletedAt !== null || (is.state === 'ACTIVE' && (unseen || was.state !== 'ACTIVE')))
    return 'DIRECTORY_ACTIVATED'
  if (was.state === 'ACTIVE' && is.state === 'INACTIVE') return 'DIRECTORY_DEACTIVATED'
  return changed ? 'DIRECTORY_UPDATED' : null
}

/**
 * A directory that no event of its own has announced is assigned to the organization that its users name, as the oldest
 * of all facts, so that anything reported about it later wins. If they name several, the greatest id wins, in whatever
 * order they come (law 2).
 */
export function adoptOrganization(
  mirror: Mirror,
  cause: Cause,
  entry: DirectoryEntry,
  organizationId: string | null,
): void {
  if (organizationId === null) return
  const before = entry.known
  entry.known = learn(before, directoryFields, { version: { at: 0, id: organizationId }, fields: { organizationId } })
  noteLateOwner(entry, organizationId, cause)
  if (entry.known === before) return
  entry.changed = true
  rehome(mirror, entry, before, cause)
  noteFormerOwner(entry, before, cause)
}

function rehome(mirror: Mirror, entry: DirectoryEntry, before: Known<DirectoryFields>, cause: Cause): void {
  entry.rehomed = cause
  mirror.untold = true // only the new organization is told, and the former one must not go on seeing it (law 8)
  entry.wasAnothers ||= before.fields.organizationId !== null
}

// The directory's present owner sees nothing that happened in it before then (law 8).
function noteFormerOwner(
  entry: DirectoryEntry,
  { fields: { organizationId } }: Known<DirectoryFields>,
  cause: Cause,
): void {
  if (organizationId !== null && organizationId !== entry.known.fields.organizationId) note(entry, cause.version.at)
}

// Late events may name an owner who was never known here, such as old ones that a new installation reads from the
// Events API.
function noteLateOwner(entry: DirectoryEntry, organizationId: string | null, { version }: Cause): void {
  if (organizationId === null || organizationId === entry.known.fields.organizationId) return
  if (!isNewer(version, versionOf(entry.known, directoryFields, 'organizationId'))) note(entry, version.at + 1)
}

function note(entry: DirectoryEntry, until: number): void {
  entry.foreignUntil = Math.max(entry.foreignUntil ?? 0, until)
}
