import type { Appended, ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import type { ChangeKind } from '../directory/change-kinds.ts'
import type { Listed, Reported } from '../directory/events.ts'
import { learn } from '../directory/freshness.ts'
import { userFields, type DirectoryFields, type GroupFields, type UserFields } from '../directory/objects.ts'
import type { Version } from '../directory/version.ts'
import { learnDirectory } from './apply-directory.ts'
import { applyGroup } from './apply-group.ts'
import { applyUser } from './apply-user.ts'
import { loadMirror } from './load-mirror.ts'
import { readLives } from './read-lives.ts'
import { applyEdge } from './edges.ts'
import { directoryOf, type Cause, type Mirror } from './mirror.ts'
import { groupState, isLive, userState } from './states.ts'
import { writeMirror } from './write-mirror.ts'

/** The contents of pages of the state API, all of one directory. */
export interface SnapshotPage {
  readonly users: readonly Listed<UserFields>[]
  readonly groups: readonly Listed<GroupFields>[]
  readonly members: readonly Membership[]
}

interface Membership {
  readonly groupId: string
  /** Who is in the group. What else WorkOS says about them is read only if it is news. */
  readonly user: { readonly id: string; readonly read: () => Listed<UserFields> }
}

/** How many changes there were, and the changes. */
export interface SnapshotOutcome {
  readonly created: number
  readonly updated: number
  readonly removed: number
  readonly appended: Appended | null
}

export interface Applied extends SnapshotOutcome {
  /** Users inactive on the page and active in the mirror: left as they are, for the guard to look at first. */
  readonly deferred: readonly Reported<UserFields>[]
  /** Users and groups that were reported in part: no whole fact says that they were seen. */
  readonly parts: readonly string[]
}

/** The version of what a sync run saw: as old as its beginning, so that whatever happened since then is newer. */
export function snapshotCause(directoryId: string, startedAt: Date, runId: string): Cause {
  const version: Version = { at: startedAt.getTime(), id: runId.replace(/^sync_run_/, '') }
  return { version, directoryId, source: 'SYNC_RUN' }
}

/**
 * Applies pages by the rules of events, in a constant number of statements, except that no user is offboarded, no new
 * user is let in while their state cannot be read, and no new group is created while its name cannot be. `tx` must have
 * locked the directory. Only changes that `isCounted` accepts are in the tally.
 */
export async function applySnapshot(
  tx: Tx,
  cause: Cause,
  page: SnapshotPage,
  isCounted = everything,
): Promise<Applied> {
  const pairs = page.members.map(({ groupId, user }) => ({ groupId, userId: user.id }))
  const lives = await readLives(tx, cause, [...new Set(pairs.map(({ userId }) => userId))])
  const news = new Map(page.members.filter(({ user }) => !lives.has(user.id)).map(({ user }) => [user.id, user]))
  const users = [...page.users, ...[...news.values()].map((user) => user.read())]
  const mirror = await loadMirror(tx, {
    directoryIds: [cause.directoryId],
    userIds: users.map(({ id }) => id),
    groupIds: [...new Set([...page.groups.map(({ id }) => id), ...pairs.map(({ groupId }) => groupId)])],
    pairs,
    lives,
  })
  refuseForeign(mirror, cause.directoryId)
  const deferred: Reported<UserFields>[] = []
  const parts: string[] = []
  for (const { id, fields, isPart } of page.groups) {
    const known = mirror.groups.get(id)?.known
    if (fields.name === undefined && !(known && isLive(groupState(known)))) continue
    applyGroup(mirror, cause, id, fields)
    if (isPart) parts.push(id)
  }
  for (const user of users) {
    const known = mirror.users.get(user.id)?.known
    if (user.fields.active === undefined && !(known && isLive(userState(known)))) continue
    if (offboards(mirror, cause, user)) deferred.push(user)
    else applyUser(mirror, cause, user.id, user.fields)
    if (user.isPart) parts.push(user.id)
  }
  for (const { groupId, userId } of pairs) applyEdge(mirror, cause, groupId, userId, true)
  return { ...(await write(tx, mirror, isCounted)), deferred, parts }
}

/** Applies what the state API says about the directory itself. `tx` must have locked it. */
export async function applyDirectorySnapshot(tx: Tx, cause: Cause, fields: Partial<DirectoryFields>): Promise<void> {
  const mirror = await loadMirror(tx, { directoryIds: [cause.directoryId], userIds: [], groupIds: [], pairs: [] })
  learnDirectory(mirror, cause, directoryOf(mirror, cause.directoryId), fields)
  await write(tx, mirror, everything)
}

/**
 * Ends users, groups and memberships that a complete sync run did not see, or applies what was deferred. `tx` must have
 * locked the directory.
 */
export async function applyRemoval(
  tx: Tx,
  cause: Cause,
  what: {
    readonly users?: readonly Reported<UserFields>[]
    readonly groupIds?: readonly string[]
    readonly pairs?: readonly { groupId: string; userId: string }[]
  },
): Promise<SnapshotOutcome> {
  const { users = [], groupIds = [], pairs = [] } = what
  const mirror = await loadMirror(tx, {
    directoryIds: [cause.directoryId],
    userIds: [...users.map(({ id }) => id), ...pairs.map(({ userId }) => userId)],
    groupIds: [...groupIds, ...new Set(pairs.map(({ groupId }) => groupId))],
    pairs,
  })
  for (const user of users) applyUser(mirror, cause, user.id, user.fields)
  for (const id of groupIds) applyGroup(mirror, cause, id, { deletedAt: new Date(cause.version.at) })
  for (const { groupId, userId } of pairs) applyEdge(mirror, cause, groupId, userId, false)
  return write(tx, mirror, everything)
}

const everything = (_change: ChangeDraft): boolean => true

function offboards(mirror: Mirror, { version }: Cause, { id, fields }: Reported<UserFields>): boolean {
  const known = mirror.users.get(id)?.known
  if (known === undefined || userState(known) !== 'ACTIVE') return false
  return userState(learn(known, userFields, { version, fields })) !== 'ACTIVE'
}

// Saving the mirror would fail too; here, the run can say what is wrong with the answer.
function refuseForeign({ users, groups }: Mirror, directoryId: string): void {
  for (const entry of [...users.values(), ...groups.values()])
    if (entry.directoryId !== directoryId)
      throw new Error(`${entry.id} belongs to ${entry.directoryId}, but was found in ${directoryId}`)
}

async function write(tx: Tx, mirror: Mirror, isCounted: typeof everything): Promise<SnapshotOutcome> {
  const appended = await writeMirror(tx, mirror)
  const kinds: ChangeKind[] = mirror.changes.filter(isCounted).map(({ kind }) => kind)
  const count = (pattern: RegExp) => kinds.filter((kind) => pattern.test(kind)).length
  return {
    created: count(/_(CREATED|ADDED)$/),
    updated: count(/_(UPDATED|DEACTIVATED|REACTIVATED|ACTIVATED)$/),
    removed: count(/_(DELETED|REMOVED)$/),
    appended,
  }
}
