import { ApiError, notFound } from './api-error.ts'
import { isoTime } from './clock.ts'
import { newDirectory, newOrganization, putStandingGroups } from './company.ts'
import { deletedDirectoryObject, type DirectoryObject, type DirectoryState, type EventEnvelope } from './payload.ts'
import { describeActivation, describeDirectory } from './describe.ts'
import type { IdKind } from './ids.ts'
import { companyNames } from './names.ts'
import { hire } from './people.ts'
import type { ProviderKey } from './providers.ts'
import { chooseDirectory, type World } from './world.ts'

interface DirectoryOutcome {
  directory: DirectoryObject
  events: EventEnvelope[]
}
interface NewDirectory {
  provider: ProviderKey
  organizationId?: string | undefined
  name?: string | undefined
  users?: number | undefined
  keepsInactive?: boolean | undefined
}

/** Acts as an IT admin connecting a directory: it is activated, then its content arrives as in any initial sync. */
export function createDirectory(world: World, wishes: NewDirectory): DirectoryOutcome {
  const { store, clock, ids, random, record } = world
  const now = clock.now()
  const newId = (kind: IdKind): string => ids.next(kind, now)
  const organization = chooseOrganization(world, wishes.organizationId, newId)
  const { provider, users = 0, keepsInactive = false } = wishes
  const directory = newDirectory(organization, { provider, users, keepsInactive }, now, newId, random)
  if (wishes.name !== undefined) directory.object.name = wishes.name
  store.putDirectory(directory)
  const events = [record('dsync.activated', describeActivation(store, directory))]
  putStandingGroups(store, directory, now, newId, random)
  for (const group of store.groups(directory.object.id)) events.push(record('dsync.group.created', group))
  for (let hired = 0; hired < users; hired += 1) {
    events.push(...hire(world, { directoryId: directory.object.id }).events)
  }
  return { directory: describeDirectory(store, directory), events }
}

/**
 * Records exactly one event, or none if `unheard`: the directory's content is gone in WorkOS, with no event for each
 * user and group.
 */
export function deleteDirectory(
  world: World,
  { directoryId, unheard = false }: { directoryId: string; unheard?: boolean | undefined },
): DirectoryOutcome {
  const directory = chooseDirectory(world, directoryId)
  world.store.removeDirectory(directoryId)
  if (unheard) return { directory: directory.object, events: [] }
  const events = [world.record('dsync.deleted', deletedDirectoryObject(directory.object))]
  return { directory: directory.object, events }
}

/**
 * Changes a state or a name, as in WorkOS's dashboard. There is no event for either: only `GET /directories` shows it.
 */
export function changeDirectory(
  world: World,
  changes: { directoryId: string; state?: DirectoryState | undefined; name?: string | undefined },
): DirectoryOutcome {
  const record = chooseDirectory(world, changes.directoryId)
  const { state = record.object.state, name = record.object.name } = changes
  const changed = { ...record, object: { ...record.object, state, name, updated_at: isoTime(world.clock.now()) } }
  world.store.putDirectory(changed)
  return { directory: describeDirectory(world.store, changed), events: [] }
}

function chooseOrganization({ store, random, clock }: World, id: string | undefined, newId: (kind: IdKind) => string) {
  if (id !== undefined) {
    const known = store.organization(id)
    if (known === null) throw notFound('Organization', id)
    return known
  }
  const names = new Set(store.organizations().map(({ name }) => name))
  const free = companyNames.filter((name) => !names.has(name))
  const name = free.length === 0 ? `Company ${100_000 + random.below(900_000)}` : random.pick(free)
  if (names.has(name)) throw new ApiError(409, { message: `There is a company named ${name}.`, code: 'name_taken' })
  const organization = newOrganization(name, '', clock.now(), newId)
  store.putOrganization(organization)
  return organization
}
