// What a mirror must hold after a history, specified again in another way: the whole history in the order in which it
// happened, each fact overwriting earlier ones. Shares nothing with src.
import { decodeTime } from 'ulid'
import type { Wire, WireEvent } from './history.ts'

export interface Expected {
  readonly directories: Record<string, Wire>
  /** Those that are, or have been, visible. */
  readonly users: Record<string, Wire>
  readonly groups: Record<string, Wire>
  /** `<group> <user>` of each visible membership. */
  readonly memberships: readonly string[]
}

interface Thing {
  readonly directory: DirectoryThing
  /** Null: unknown. */
  alive: boolean | null
  readonly fields: Wire
}
interface DirectoryThing {
  readonly fields: Wire
  /** The organization named by its users and groups; counts if its own events name none. */
  hearsay: string | null
  /** When the newest deletion was, even if it came back afterwards. */
  deletion: string | null
}

const happened = ({ created_at }: WireEvent) => Date.parse(read(created_at))
const newest = (a: WireEvent, b: WireEvent) => happened(a) - happened(b) || (a.id < b.id ? -1 : 1)

export function oracle(events: readonly WireEvent[]): Expected {
  const directories = new Map<string, DirectoryThing>()
  const users = new Map<string, Thing>()
  const groups = new Map<string, Thing>()
  const members = new Map<string, boolean>()

  function directoryOf(id: string): DirectoryThing {
    const epoch = born(id)
    const fields = {
      organizationId: null,
      externalKey: null,
      name: id,
      type: 'unknown',
      state: 'ACTIVE',
      domains: [],
      createdAt: epoch,
      updatedAt: epoch,
      deletedAt: null,
    }
    const directory = directories.get(id) ?? { fields, hearsay: null, deletion: null }
    directories.set(id, directory)
    return directory
  }
  // Deleting the directory deletes all its users and groups, even those first heard of later.
  function thingOf(things: Map<string, Thing>, id: string, directory: DirectoryThing, blank: Wire): Thing {
    const ended = { deletedAt: directory.deletion }
    const thing = things.get(id) ?? {
      directory,
      alive: directory.deletion === null ? null : false,
      fields: { ...blank, createdAt: born(id), updatedAt: born(id), ...ended },
    }
    things.set(id, thing)
    return thing
  }
  const end = (thing: Thing, at: string) => {
    thing.alive = false
    thing.fields.deletedAt = at
  }
  const enliven = (thing: Thing) => {
    thing.alive = true
    thing.fields.deletedAt = null
  }

  for (const event of [...events].sort(newest)) {
    const at = new Date(happened(event)).toISOString()
    const { data } = event
    const aboutDirectory = /^dsync\.[a-z]+$/.test(event.event)
    const directory = directoryOf((aboutDirectory ? data.id : data.directory_id) as string)
    directory.fields.lastEventAt = at
    const [, subject, verb] = /^dsync\.(?:(user|group)\.)?(\w+)$/.exec(event.event)!

    if (aboutDirectory) {
      const told = directoryFields(data)
      if (verb === 'deleted') {
        delete told.state
        Object.assign(directory.fields, told, { deletedAt: at })
        directory.deletion = at
        for (const thing of [...users.values(), ...groups.values()]) if (thing.directory === directory) end(thing, at)
      } else if (verb === 'activated') Object.assign(directory.fields, told, { deletedAt: null })
      else Object.assign(directory.fields, told, { state: 'INACTIVE' })
      continue
    }

    const user = (subject === 'user' ? data : data.user) as Wire | undefined
    const group = (subject === 'group' && data.group === undefined ? data : data.group) as Wire | undefined
    const named = (user?.organization_id ?? group?.organization_id ?? null) as string | null
    if (named !== null && (directory.hearsay ?? '') < named) directory.hearsay = named
    const whole = verb === 'created' || verb === 'updated'
    const told = data.user === undefined ? (fields: Wire) => fields : substance
    const parties: [Thing, Wire][] = []
    if (user !== undefined) {
      const thing = thingOf(users, user.id as string, directory, { ...noUser, active: true })
      const parts = [user.first_name, user.last_name].filter((part) => typeof part === 'string' && part !== '')
      const name = parts.length === 0 ? null : parts.join(' ')
      const blank = whole ? { ...noUser, name, createdAt: born(user.id as string), updatedAt: at } : {}
      parties.push([thing, { ...blank, ...told(userFields(user)) }])
    }
    if (group !== undefined) {
      const thing = thingOf(groups, group.id as string, directory, noGroup)
      const blank = whole ? { ...noGroup, createdAt: born(group.id as string), updatedAt: at } : {}
      parties.push([thing, { ...blank, ...told(groupFields(group)) }])
    }
    for (const [thing, fields] of parties) {
      if (verb === 'user_removed' && fields.active === true) delete fields.active
      Object.assign(thing.fields, fields)
      if (verb === 'deleted') end(thing, at)
      else if (verb !== 'user_removed') enliven(thing)
    }
    if (user !== undefined && group !== undefined)
      members.set(`${String(group.id)} ${String(user.id)}`, verb === 'user_added')
  }

  const organizationOf = ({ fields, hearsay }: DirectoryThing) => fields.organizationId ?? hearsay
  const seen = (things: Map<string, Thing>, stateOf: (thing: Thing) => string) =>
    Object.fromEntries(
      [...things]
        .filter(([, thing]) => thing.alive !== null)
        .map(([id, thing]) => [
          id,
          { ...thing.fields, state: stateOf(thing), organizationId: organizationOf(thing.directory) },
        ]),
    )
  const userState = ({ alive, fields }: Thing) => (!alive ? 'DELETED' : fields.active ? 'ACTIVE' : 'INACTIVE')
  const lives = ([group, user]: string[]) => groups.get(group!)!.alive && users.get(user!)!.alive
  return {
    directories: Object.fromEntries(
      [...directories].map(([id, it]) => [id, { ...it.fields, organizationId: organizationOf(it) }]),
    ),
    users: seen(users, userState),
    groups: seen(groups, ({ alive }) => (alive ? 'ACTIVE' : 'DELETED')),
    memberships: [...members].filter(([pair, present]) => present && lives(pair.split(' '))).map(([pair]) => pair).sort(), // oxfmt-ignore
  }
}

const noUser = {
  idpId: '',
  email: null,
  firstName: null,
  lastName: null,
  name: null,
  username: null,
  jobTitle: null,
  emails: [],
  customAttributes: {},
  rawAttributes: {},
  idpRoles: [],
}
const noGroup = { idpId: '', name: '', rawAttributes: {} }

const born = (id: string) => new Date(decodeTime(id.slice(id.lastIndexOf('_') + 1))).toISOString()
// Milliseconds, a T, and UTC if no zone is given.
function read(time: string): string {
  const zoned = /(?:Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`
  return zoned.replace(' ', 'T').replace(/(\.\d{3})\d+/, '$1')
}
const iso = (time: unknown) => new Date(Date.parse(read(time as string))).toISOString()

/** Takes values of `from` that are present and not null; null too where it has a meaning. */
function pick(object: Wire, keys: Record<string, string>, clearable: readonly string[]): Wire {
  const told: Wire = {}
  for (const [from, to] of Object.entries(keys)) {
    const value = object[from]
    if (value === undefined || (value === null && !clearable.includes(from))) continue
    told[to] = from.endsWith('_at') ? iso(value) : value
  }
  return told
}

// An embedded object may be partial, which nulls and empty lists express too: it clears nothing.
function substance(fields: Wire): Wire {
  const empty = (value: unknown) => value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !empty(value)))
}

function userFields(user: Wire): Wire {
  const clearable = ['email', 'first_name', 'last_name', 'name', 'username', 'job_title']
  const keys = {
    idp_id: 'idpId',
    email: 'email',
    first_name: 'firstName',
    last_name: 'lastName',
    name: 'name',
    username: 'username',
    job_title: 'jobTitle',
    emails: 'emails',
    custom_attributes: 'customAttributes',
    raw_attributes: 'rawAttributes',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
  }
  const told = pick(user, keys, clearable)
  const primary = (user.emails as Wire[] | null | undefined)?.find((entry) => entry.primary === true)
  if (user.email === undefined && primary !== undefined) told.email = primary.value
  const mapped = (user.custom_attributes as Wire | null | undefined)?.username
  if ((user.username ?? null) === null && typeof mapped === 'string') told.username = mapped
  if (user.state !== undefined) told.active = user.state === 'active'
  const { role, roles } = user as { role?: { slug: string } | null; roles?: { slug: string }[] | null }
  if (roles != null) told.idpRoles = [...new Set(roles.map(({ slug }) => slug))]
  else if (role !== undefined) told.idpRoles = role === null ? [] : [role.slug]
  return told
}

function groupFields(group: Wire): Wire {
  const keys = { idp_id: 'idpId', name: 'name', raw_attributes: 'rawAttributes', created_at: 'createdAt', updated_at: 'updatedAt' } // oxfmt-ignore
  return pick(group, keys, [])
}

const states: Wire = {
  active: 'ACTIVE',
  linked: 'ACTIVE',
  validating: 'VALIDATING',
  invalid_credentials: 'INVALID_CREDENTIALS',
}

function directoryFields(directory: Wire): Wire {
  const keys = {
    organization_id: 'organizationId',
    external_key: 'externalKey',
    name: 'name',
    type: 'type',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
  }
  const told = pick(directory, keys, ['external_key'])
  const state = states[directory.state as string]
  if (state !== undefined) told.state = state
  const domains = directory.domains as { domain: string }[] | null | undefined
  if (domains != null) told.domains = domains.map(({ domain }) => domain)
  else if (typeof directory.domain === 'string') told.domains = [directory.domain]
  return told
}
