import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { EventLog } from './event-log.ts'
import type { EventEnvelope, GroupObject, OrganizationObject, UserObject } from './payload.ts'
import { providerOf, type ProviderKey } from './providers.ts'
import type { Departed, DirectoryRecord, Store } from './store.ts'

/** What is kept, as JSON. Sessions are not: users sign in again. */
interface Kept {
  /** The newest ones: readers of the Events API continue after the last that they have. */
  readonly events: readonly EventEnvelope[]
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

const MAX_EVENTS = 1_000

/** What this long produced may be lost if the process is killed. */
const KEEP_MS = 5_000

/** Fills an empty store and log from a file. Returns false if there is none; throws if it is unreadable. */
export function restoreStore(store: Store, log: EventLog, path: string): boolean {
  const text = readIfThere(path)
  if (text === null) return false
  const kept = JSON.parse(text) as Kept
  fill(store, kept)
  log.resume([...kept.events])
  return true
}

/** Saves the store and log to a file every few seconds, if something happened, and when it is closed. */
export function keepStoreUpToDate(store: Store, log: EventLog, path: string): { close(): void } {
  let kept: EventEnvelope | null | undefined = null
  function keep(): void {
    const last = log.all().at(-1)
    if (last === kept) return
    keepStore(store, log, path)
    kept = last
  }
  const timer = setInterval(keep, KEEP_MS).unref()
  return {
    close() {
      clearInterval(timer)
      keep()
    },
  }
}

/** Writes the store and log to a file. */
function keepStore(store: Store, log: EventLog, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  // A process killed meanwhile leaves the former file intact.
  writeFileSync(`${path}.new`, JSON.stringify(contentOf(store, log)))
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

function contentOf(store: Store, log: EventLog): Kept {
  return {
    events: log.all().slice(-MAX_EVENTS),
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
  // Added and removed again, so that their addresses stay taken.
  for (const { user, groupIds } of kept.departed) {
    store.putUser(user)
    for (const groupId of groupIds) store.join(groupId, user.id)
    store.removeUser(user)
  }
  for (const user of kept.users) store.putUser(user)
  for (const { id, members } of kept.groups) for (const userId of members) store.join(id, userId)
}
