import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { GroupObject, OrganizationObject, UserObject } from './payload.ts'
import { providerOf, type ProviderKey } from './providers.ts'
import type { Departed, DirectoryRecord, Store } from './store.ts'

/** What is kept of a store, as JSON. Sessions and events are not: who was signed in signs in again. */
interface Kept {
  readonly organizations: readonly OrganizationObject[]
  readonly directories: readonly KeptDirectory[]
  readonly users: readonly UserObject[]
  readonly groups: readonly (GroupObject & { readonly members: readonly string[] })[]
  readonly departed: readonly Departed[]
}

interface KeptDirectory extends Omit<DirectoryRecord, 'provider' | 'roles' | 'homes'> {
  readonly provider: ProviderKey
  readonly roles: readonly (readonly [string, string])[]
  readonly homes: readonly (readonly [string, string])[]
}

/** Fills an empty store with what a file keeps. Gives false where there is none, and throws what cannot be read. */
export function restoreStore(store: Store, path: string): boolean {
  const text = readIfThere(path)
  if (text !== null) fill(store, JSON.parse(text) as Kept)
  return text !== null
}

/** Keeps what a store holds in a file. */
export function keepStore(store: Store, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  // Whoever is killed meanwhile leaves the former file as it was.
  writeFileSync(`${path}.new`, JSON.stringify(contentOf(store)))
  renameSync(`${path}.new`, path)
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function contentOf(store: Store): Kept {
  return {
    organizations: store.organizations(),
    directories: store.directories().map(({ provider, roles, homes, ...record }) => ({
      ...record,
      provider: provider.key,
      roles: [...roles],
      homes: [...homes],
    })),
    users: store.users(),
    groups: store.groups().map((group) => ({ ...group, members: store.memberIds(group.id) })),
    departed: store.departed(),
  }
}

function fill(store: Store, kept: Kept): void {
  for (const organization of kept.organizations) store.putOrganization(organization)
  for (const { provider, roles, homes, ...record } of kept.directories)
    store.putDirectory({ ...record, provider: providerOf(provider), roles: new Map(roles), homes: new Map(homes) })
  for (const { members: _, ...group } of kept.groups) store.putGroup(group)
  // Through the door that they left by: their addresses stay theirs.
  for (const { user, groupIds } of kept.departed) {
    store.putUser(user)
    for (const groupId of groupIds) store.join(groupId, user.id)
    store.removeUser(user)
  }
  for (const user of kept.users) store.putUser(user)
  for (const { id, members } of kept.groups) for (const userId of members) store.join(id, userId)
}
