// The part of the mirror that one batch touches, in memory: loaded, changed event by event, written back at once.
import type { Joined } from '../accounts/join-accounts.ts'
import type { ChangeDraft } from '../changes/append.ts'
import { draftChange, type About, type Why } from '../changes/draft-change.ts'
import type { ChangeSource } from '../directory/changes.ts'
import { learn, unknown, type Known } from '../directory/freshness.ts'
import {
  groupFields,
  unknownDirectory,
  unknownGroup,
  unknownUser,
  userFields,
  type DirectoryFields,
  type GroupFields,
  type UserFields,
} from '../directory/objects.ts'
import { isNewer, isSnapshot, timeOfId, type Version } from '../directory/version.ts'

export interface DirectoryEntry {
  readonly id: string
  known: Known<DirectoryFields>
  /** The newest `dsync.deleted`: it ends every user and group last reported alive before it. */
  deletion: Version | null
  /** The newest complete sync run: users and groups that it did not list were absent. */
  readonly listed: Version | null
  cascadeAfter: string | null
  lastEventAt: Date | null
  changed: boolean
  /** What changed `organizationId` from the one that its users and groups were stored with; null if it is the same. */
  rehomed: Cause | null
  /** Whether they were stored with that of another organization, and not with none. */
  wasAnothers: boolean
  /** What named the provider, if it was unknown before or was another one. */
  retyped: Cause | null
  /**
   * Until when it belonged to another organization, in milliseconds, as far as this batch says; null if it says nothing
   * about that.
   */
  foreignUntil: number | null
}

export interface Entry<Fields> {
  readonly id: string
  readonly directoryId: string
  known: Known<Fields>
  changed: boolean
}

export interface UserEntry extends Entry<UserFields> {
  /** Null until first seen alive and introduced: see join-newcomers.ts. */
  account: Joined | null
  /** For a user without an account: their last state while alive in this batch. They may be gone again by its end. */
  alive: Alive | null
}

export interface Alive {
  readonly fields: UserFields
  /** As they were first introduced: an account is found by that, whatever else shares the batch. */
  readonly introduced: Pick<UserFields, 'idpId' | 'email'>
  /** Whether they were active, then or earlier in the batch. */
  readonly active: boolean
  /** The first thing that said so. */
  readonly cause: Cause
}

export interface GroupEntry extends Entry<GroupFields> {
  /** The last run that read all of its members. */
  readonly membersRunId: string | null
}

export interface Edge {
  readonly groupId: string
  readonly userId: string
  readonly directoryId: string
  present: boolean
  visible: boolean
  version: Version | null
  changed: boolean
}

/** Why something changes, as the change log will name it. */
export interface Cause {
  readonly version: Version
  readonly directoryId: string
  readonly source: ChangeSource
}

export interface Mirror {
  readonly directories: Map<string, DirectoryEntry>
  readonly users: Map<string, UserEntry>
  /** Users who are not loaded, since only their memberships are news, and whether they live. */
  readonly lives: ReadonlyMap<string, boolean>
  readonly groups: Map<string, GroupEntry>
  /** By `edgeKey`. */
  readonly edges: Map<string, Edge>
  /** Whose memberships may have to be shown or hidden, and why. */
  readonly flippedUsers: Map<string, Cause>
  readonly flippedGroups: Map<string, Cause>
  readonly changes: ChangeDraft[]
  /** Users of whom invisible memberships began or ended, and why. */
  readonly changedWhileHidden: Map<string, Cause>
  /** Whether something that readers see is written that no change reports: see changes/mark-untold.ts. */
  untold: boolean
}

export const edgeKey = (groupId: string, userId: string): string => `${groupId}\n${userId}`

export function directoryOf(mirror: Mirror, id: string): DirectoryEntry {
  let entry = mirror.directories.get(id)
  if (entry === undefined) {
    mirror.untold = true
    const known = unknown(unknownDirectory(id, timeOfId(id)))
    entry = {
      id,
      known,
      deletion: null,
      listed: null,
      cascadeAfter: null,
      lastEventAt: null,
      changed: true,
      rehomed: null,
      wasAnothers: false,
      retyped: null,
      foreignUntil: null,
    }
    mirror.directories.set(id, entry)
  }
  return entry
}

/** The user's entry, a new one if nothing is known. */
export function userOf(mirror: Mirror, id: string, directoryId: string): UserEntry {
  return entryOf(mirror.users, id, () => ({
    id,
    directoryId,
    known: learn(unknown(unknownUser(timeOfId(id))), userFields, absenceIn(mirror, directoryId)),
    changed: true,
    account: null,
    alive: null,
  }))
}

/** The group's entry, a new one if nothing is known. */
export function groupOf(mirror: Mirror, id: string, directoryId: string): GroupEntry {
  return entryOf(mirror.groups, id, () => ({
    id,
    directoryId,
    known: learn(unknown(unknownGroup(timeOfId(id))), groupFields, absenceIn(mirror, directoryId)),
    changed: true,
    membersRunId: null,
  }))
}

// The default for users and groups that were never reported individually: absent as of the directory's deletion or its
// last complete listing, whichever is later. Otherwise a late event would let in users who had left before.
function absenceIn(mirror: Mirror, directoryId: string): Ending {
  const { deletion, listed } = directoryOf(mirror, directoryId)
  return endedBy(listed !== null && isNewer(listed, deletion) ? listed : deletion)
}

// Whatever an event names has a row, even if nothing new is said about it: otherwise the rows would depend on what came
// first.
function entryOf<One>(entries: Map<string, One>, id: string, first: () => One): One {
  let entry = entries.get(id)
  if (entry === undefined) entries.set(id, (entry = first()))
  return entry
}

interface Ending {
  readonly version: Version
  readonly fields: { readonly deletedAt?: Date }
}

/** What a directory's deletion says about each of its users and groups; nothing if it was never deleted. */
export const endedWith = ({ deletion }: DirectoryEntry): Ending => endedBy(deletion)

function endedBy(version: Version | null): Ending {
  if (version === null) return { version: { at: 0, id: '' }, fields: {} }
  return { version, fields: { deletedAt: new Date(version.at) } }
}

/**
 * Whether nothing was ever reported about a user but that their directory was deleted, or that a sync run did not list
 * them: the change log has never mentioned them.
 */
export function isKnownOnlyAsDeleted({ directories }: Mirror, directoryId: string, known: Known<UserFields>): boolean {
  if (known.fields.deletedAt === null || known.whole !== null || known.overlay.length !== 1) return false
  const deletion = directories.get(directoryId)?.deletion ?? null
  const [at, id] = known.overlay[0]!
  return isSnapshot({ at, id }) || (at === deletion?.at && id === deletion.id)
}

/** A cause as the change log names it. */
export function whyOf({ version, directoryId, source }: Cause): Why {
  const eventId = isSnapshot(version) ? null : version.id
  return { directoryId, source, eventId, occurredAt: new Date(version.at) }
}

export function organizationOf(mirror: Mirror, directoryId: string): string | null {
  return directoryOf(mirror, directoryId).known.fields.organizationId
}

/** Adds a change that `cause` brings about. */
export function record(mirror: Mirror, cause: Cause, about: Omit<About, 'organizationId'>): void {
  const organizationId = organizationOf(mirror, cause.directoryId)
  mirror.changes.push(draftChange(whyOf(cause), { organizationId, ...about }))
}
