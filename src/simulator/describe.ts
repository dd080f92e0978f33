import { directoryEventObject, type DirectoryObject, type Json, type UserObject } from './payload.ts'
import type { DirectoryRecord, Store } from './store.ts'

/** Returns the user as WorkOS would show it now: with the roles that its groups give it, if groups map to roles. */
export function describeUser(store: Store, user: UserObject): UserObject {
  const directory = store.directory(user.directory_id)
  if (directory === null || !directory.provider.mapsRoles) return user
  const slugs = store.groupsOf(user.id).flatMap((group) => directory.roles.get(group.id) ?? [])
  // Without a mapped group: the environment's default role.
  const roles = (slugs.length === 0 ? ['member'] : [...new Set(slugs)].sort()).map((slug) => ({ slug }))
  return { ...user, role: roles[0]!, roles }
}

export function describeDirectory(store: Store, { object }: DirectoryRecord): DirectoryObject {
  const users = store.users(object.id)
  const active = users.filter((user) => user.state === 'active').length
  return {
    ...object,
    metadata: { users: { active, inactive: users.length - active }, groups: store.groups(object.id).length },
  }
}

export function describeActivation(store: Store, { object }: DirectoryRecord): Json {
  const domains = store.organization(object.organization_id)?.domains ?? []
  return directoryEventObject(
    object,
    domains.map(({ id, domain }) => ({ object: 'organization_domain', id, domain })),
  )
}
