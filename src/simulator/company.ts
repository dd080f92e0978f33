import { companyNames } from './names.ts'
import { isoTime } from './clock.ts'
import { departments, type Department } from './departments.ts'
import { characters, createIds, idpId, seededId, type IdKind } from './ids.ts'
import { directoryObject, groupObject, userObject, type GroupObject, type OrganizationObject } from './payload.ts'
import { newPerson } from './person.ts'
import { providerOf, type ProviderKey } from './providers.ts'
import type { Random } from './random.ts'
import type { DirectoryRecord, Store } from './store.ts'

/** One directory of the seed company. */
export interface DirectorySeed {
  provider: ProviderKey
  users: number
  /** True: deactivated users stay as inactive. False: WorkOS's default, they are deleted. */
  keepsInactive: boolean
}

/** Seeded objects are dated before this day, whenever the simulator starts: a second start shows the same company. */
const SEED_EPOCH_MS = Date.parse('2026-03-02T09:00:00.000Z')
const DAY_MS = 86_400_000

type NewId = (kind: IdKind) => string

/**
 * Adds an organization with one directory and its people to the store. The seed and the position determine every id.
 */
export function seedDirectory(store: Store, random: Random, seed: DirectorySeed, position: number): DirectoryRecord {
  const name = companyNames[position % companyNames.length]!
  const stream = random.fork(`directory ${position} ${seed.provider}`)
  const createdAt = SEED_EPOCH_MS - 400 * DAY_MS + position * DAY_MS
  const ids = createIds(stream)
  const newId: NewId = (kind) => ids.next(kind, createdAt)
  const organization = newOrganization(name, position < companyNames.length ? '' : String(position), createdAt, newId)
  store.putOrganization(organization)
  const directory = newDirectory(organization, seed, createdAt, newId, stream)
  store.putDirectory(directory)
  const { admins } = putStandingGroups(store, directory, createdAt, newId, stream)
  const heads = new Map<Department, string | null>()
  for (let at = 0; at < seed.users; at += 1) {
    const person = stream.fork(`user ${at}`)
    const hiredAt = createdAt + 1 + at * 60_000
    const department = departments[at % departments.length]!
    const source = { store, random: person, newId: (kind: IdKind) => seededId(kind, hiredAt, person) }
    const managerEmail = heads.get(department) ?? null
    const startedAt = createdAt - person.below(1500) * DAY_MS
    const user = newPerson(source, directory, department, hiredAt, { managerEmail, startedAt })
    if (!heads.has(department)) heads.set(department, user.email)
    const isInactive = seed.keepsInactive && person.chance(0.06)
    store.putUser(isInactive ? userObject({ ...user, state: 'inactive' }) : user)
    for (const group of homesOf(store, directory, department)) store.join(group.id, user.id)
    if (department.name === 'IT') store.join(admins.id, user.id)
  }
  return directory
}

export function newOrganization(name: string, suffix: string, createdAt: number, newId: NewId): OrganizationObject {
  const id = newId('org')
  const time = { created_at: isoTime(createdAt), updated_at: isoTime(createdAt) }
  const domain = `${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}${suffix}.example`
  return {
    object: 'organization',
    id,
    name: suffix === '' ? name : `${name} ${suffix}`,
    domains: [
      {
        object: 'organization_domain',
        id: newId('org_domain'),
        organization_id: id,
        domain,
        state: 'verified',
        ...time,
      },
    ],
    metadata: {},
    external_id: null,
    ...time,
  }
}

export function newDirectory(
  organization: OrganizationObject,
  { provider: key, keepsInactive, users }: DirectorySeed,
  createdAt: number,
  newId: NewId,
  random: Random,
): DirectoryRecord {
  const provider = providerOf(key)
  return {
    provider,
    keepsInactive,
    roles: new Map(),
    homes: new Map(),
    headcount: users,
    object: directoryObject({
      id: newId('directory'),
      organization_id: organization.id,
      external_key: characters('ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789', 16, random),
      type: provider.type,
      name: `${organization.name} ${provider.label}`,
      domain: organization.domains[0]!.domain,
      created_at: isoTime(createdAt),
      updated_at: isoTime(createdAt),
    }),
  }
}

/** Adds the groups that every directory has: one per department, one for everybody, one for the admins. */
export function putStandingGroups(
  store: Store,
  directory: DirectoryRecord,
  createdAt: number,
  newId: NewId,
  random: Random,
) {
  const { provider } = directory
  const put = (name: string): GroupObject => {
    const group = newGroup(directory, name, createdAt, newId, random)
    store.putGroup(group)
    return group
  }
  directory.homes.set('*', put(provider.everyone).id)
  for (const { name } of departments) directory.homes.set(name, put(provider.groupName(name)).id)
  const admins = put(provider.admins)
  directory.homes.set('admins', admins.id)
  if (provider.mapsRoles) directory.roles.set(admins.id, 'admin')
  return { admins }
}

/** Returns the groups that members of this department belong to, if they still exist. Renaming one changes nothing. */
export function homesOf(store: Store, { homes }: DirectoryRecord, department: Department): GroupObject[] {
  return ['*', department.name].flatMap((key) => store.group(homes.get(key) ?? '') ?? [])
}

export function newGroup(
  { object, provider }: DirectoryRecord,
  name: string,
  createdAt: number,
  newId: NewId,
  random: Random,
): GroupObject {
  return groupObject({
    id: newId('directory_group'),
    idp_id: idpId(provider.groupIdpId, name, random),
    directory_id: object.id,
    organization_id: object.organization_id,
    name,
    created_at: isoTime(createdAt),
    updated_at: isoTime(createdAt),
  })
}
