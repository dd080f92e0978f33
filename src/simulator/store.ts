import type { DirectoryObject, GroupObject, OrganizationObject, UserObject } from './payload.ts'
import type { Provider } from './providers.ts'
import { createSortedIds, type SortedIds } from './sorted-ids.ts'
import type { SessionObject } from './sessions.ts'

/** A directory with what WorkOS knows of it but does not show. */
export interface DirectoryRecord {
  object: DirectoryObject
  provider: Provider
  /** The environment's "custom management flow": a deactivated user stays, inactive. By default WorkOS deletes it. */
  keepsInactive: boolean
  /** Group-to-role mapping: role slug by group id. */
  roles: Map<string, string>
  /** The standing groups: by department, for everybody under `*` and for admins under `admins`. Others are projects. */
  homes: Map<string, string>
  /** How many people it began with; life keeps it near that. */
  headcount: number
}

/** A user whom WorkOS deleted, with the memberships that a return under the same id restores. */
export interface Departed {
  user: UserObject
  groupIds: string[]
}

export type Store = ReturnType<typeof createStore>

/**
 * What the simulated WorkOS holds, in memory. Objects are replaced, never changed in place, so an event that carries
 * one keeps its content. Writing here announces nothing: actions do.
 */
export function createStore() {
  const organizations = new Map<string, OrganizationObject>()
  const directories = new Map<string, DirectoryRecord>()
  const users = new Map<string, UserObject>()
  const groups = new Map<string, GroupObject>()
  const usersByDirectory = new Map<string, SortedIds>()
  const groupsByDirectory = new Map<string, SortedIds>()
  const members = new Map<string, SortedIds>()
  const groupsOfUser = new Map<string, Set<string>>()
  const departed = new Map<string, Departed>()
  const addresses = new Map<string, Set<string>>()
  const sessions = new Map<string, SessionObject>()
  const sessionsOfUser = new Map<string, Set<string>>()

  const entryOf = <T>(index: Map<string, T>, key: string, create: () => T): T => {
    const known = index.get(key)
    if (known !== undefined) return known
    const fresh = create()
    index.set(key, fresh)
    return fresh
  }
  const sorted = (index: Map<string, SortedIds>, key: string): SortedIds => entryOf(index, key, createSortedIds)
  const setOf = (index: Map<string, Set<string>>, key: string): Set<string> =>
    entryOf(index, key, () => new Set<string>())
  const resolve = <T>(ids: Iterable<string>, table: Map<string, T>): T[] => [...ids].map((id) => table.get(id)!)
  const idsIn = (index: Map<string, SortedIds>, key: string): readonly string[] => index.get(key)?.all() ?? []

  function putUser(user: UserObject): void {
    users.set(user.id, user)
    sorted(usersByDirectory, user.directory_id).add(user.id)
    if (user.email !== null) setOf(addresses, user.directory_id).add(user.email)
    departed.delete(user.id)
  }

  function putGroup(group: GroupObject): void {
    groups.set(group.id, group)
    sorted(groupsByDirectory, group.directory_id).add(group.id)
  }

  function join(groupId: string, userId: string): void {
    sorted(members, groupId).add(userId)
    setOf(groupsOfUser, userId).add(groupId)
  }

  function leave(groupId: string, userId: string): void {
    members.get(groupId)?.delete(userId)
    groupsOfUser.get(userId)?.delete(groupId)
  }

  function removeUser(user: UserObject): void {
    const groupIds = [...setOf(groupsOfUser, user.id)]
    for (const groupId of groupIds) leave(groupId, user.id)
    groupsOfUser.delete(user.id)
    users.delete(user.id)
    usersByDirectory.get(user.directory_id)?.delete(user.id)
    departed.set(user.id, { user, groupIds })
  }

  function removeGroup(group: GroupObject): void {
    for (const userId of idsIn(members, group.id)) groupsOfUser.get(userId)?.delete(group.id)
    members.delete(group.id)
    groups.delete(group.id)
    groupsByDirectory.get(group.directory_id)?.delete(group.id)
    directories.get(group.directory_id)?.roles.delete(group.id)
  }

  function removeDirectory(directoryId: string): void {
    for (const group of resolve(idsIn(groupsByDirectory, directoryId), groups)) removeGroup(group)
    for (const user of resolve(idsIn(usersByDirectory, directoryId), users)) removeUser(user)
    for (const [id, gone] of departed) if (gone.user.directory_id === directoryId) departed.delete(id)
    usersByDirectory.delete(directoryId)
    groupsByDirectory.delete(directoryId)
    addresses.delete(directoryId)
    directories.delete(directoryId)
  }

  function clear(): void {
    const everything = [organizations, directories, users, groups, usersByDirectory, groupsByDirectory, members]
    const others = [groupsOfUser, departed, addresses, sessions, sessionsOfUser]
    for (const table of [...everything, ...others]) table.clear()
  }

  return {
    putOrganization: (organization: OrganizationObject): void => void organizations.set(organization.id, organization),
    putDirectory: (record: DirectoryRecord): void => void directories.set(record.object.id, record),
    putUser,
    putGroup,
    putSession: (session: SessionObject): void => {
      sessions.set(session.id, session)
      setOf(sessionsOfUser, session.user_id).add(session.id)
    },
    join,
    leave,
    removeUser,
    removeGroup,
    removeDirectory,
    clear,

    organizations: (): OrganizationObject[] => [...organizations.values()],
    organization: (id: string): OrganizationObject | null => organizations.get(id) ?? null,
    directories: (): DirectoryRecord[] => [...directories.values()],
    directory: (id: string): DirectoryRecord | null => directories.get(id) ?? null,
    users: (directoryId?: string): UserObject[] =>
      directoryId === undefined ? [...users.values()] : resolve(idsIn(usersByDirectory, directoryId), users),
    findUser: (directoryId: string, isIt: (user: UserObject) => boolean): UserObject | null => {
      for (const id of idsIn(usersByDirectory, directoryId)) if (isIt(users.get(id)!)) return users.get(id)!
      return null
    },
    user: (id: string): UserObject | null => users.get(id) ?? null,
    groups: (directoryId?: string): GroupObject[] =>
      directoryId === undefined ? [...groups.values()] : resolve(idsIn(groupsByDirectory, directoryId), groups),
    group: (id: string): GroupObject | null => groups.get(id) ?? null,
    members: (groupId: string): UserObject[] => resolve(idsIn(members, groupId), users),
    /** Ids in ascending order, as lists are paged by: of a directory's users, or of a group's members. */
    userIds: (directoryId: string): readonly string[] => idsIn(usersByDirectory, directoryId),
    memberIds: (groupId: string): readonly string[] => idsIn(members, groupId),
    isMember: (groupId: string, userId: string): boolean => members.get(groupId)?.has(userId) ?? false,
    groupsOf: (userId: string): GroupObject[] => resolve(groupsOfUser.get(userId) ?? [], groups),
    departed: (directoryId?: string): Departed[] =>
      [...departed.values()].filter((gone) => directoryId === undefined || gone.user.directory_id === directoryId),
    sessions: (workosUserId: string): SessionObject[] => resolve(sessionsOfUser.get(workosUserId) ?? [], sessions),
    session: (id: string): SessionObject | null => sessions.get(id) ?? null,
    forgetDeparted: (userId: string): void => void departed.delete(userId),
    /** Addresses are never reused in a directory, not even after their owner left. */
    isAddressTaken: (directoryId: string, email: string): boolean => addresses.get(directoryId)?.has(email) ?? false,
  }
}
