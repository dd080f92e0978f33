// The state API: what WorkOS holds now. Our own loop reads pages, oldest first, a hundred at a time.
import * as z from 'zod'
import type { Listed, Reported } from '../directory/events.ts'
import type { DirectoryFields, GroupFields, UserFields } from '../directory/objects.ts'
import type { WorkosApi } from './api.ts'
import { known } from './call.ts'
import { eachPage } from './each-page.ts'
import { readableOf, wrongIn } from './readable.ts'
import { SnapshotError } from './snapshot-error.ts'
import { groupWithout, userWithout } from './whole.ts'
import { storable, toDirectoryFields, wireDirectory, wireGroup, wireUser } from './wire.ts'

interface Snapshot {
  readonly directory: Reported<DirectoryFields>
  /** The users and groups that WorkOS counts in it; null if it does not say. */
  readonly counts: { readonly users: number; readonly groups: number } | null
  /** When it was requested, by WorkOS's clock. */
  readonly askedAt: Date
}

export interface Page<Item> {
  readonly objects: readonly Item[]
  /** The cursor of the next page; null on the last one. */
  readonly after: string | null
}

/** An entry on the list of a group's members. Nearly all of them were already reported by the list of users. */
export interface Member {
  readonly id: string
  /** What WorkOS says about them. Throws SnapshotError if not even their id and directory can be read. */
  readonly read: () => Listed<UserFields>
}

export interface SnapshotApi {
  /** The directory; null if WorkOS does not know it. */
  directory(id: string): Promise<Snapshot | null>
  directories(after: string | null): Promise<Page<Reported<DirectoryFields>> & { readonly askedAt: Date }>
  groups(directoryId: string, after: string | null): Promise<Page<Listed<GroupFields>>>
  users(directoryId: string, after: string | null): Promise<Page<Listed<UserFields>>>
  /** Null if WorkOS does not know the group. */
  members(directoryId: string, groupId: string, after: string | null): Promise<Page<Member> | null>
  /** One user; null if WorkOS does not know them. */
  user(directoryId: string, id: string): Promise<Listed<UserFields> | null>
  /** Whether WorkOS knows the group. */
  hasGroup(id: string): Promise<boolean>
  /** An organization's name; null if WorkOS does not know it. */
  organizationName(id: string): Promise<string | null>
  /** The ids of a user's groups; null if WorkOS does not know the user. */
  groupsOf(userId: string): Promise<string[] | null>
}

const LIMIT = 100

const list = z.object({ data: z.array(z.unknown()), list_metadata: z.object({ after: z.string().nullish() }) })
const metadata = z.object({
  metadata: z.object({ users: z.object({ active: z.int(), inactive: z.int() }), groups: z.int() }),
})
const identified = z.object({ id: z.string() })
const named = z.object({ name: z.string() })
const wireMember = wireUser.pick({ id: true, directory_id: true })

export interface SnapshotOptions {
  readonly api: WorkosApi
  /** Waits until users of the directory may be requested: 4 times a second per directory, by WorkOS's limits. */
  readonly userTurn: (directoryId: string) => Promise<void>
  /** Called with the objects of an answer that could be read only in part, and what could not be read. */
  readonly onUnread: (path: string, unread: readonly PartlyRead[]) => void
}

/** An object that is reported without what could not be read of it. */
interface PartlyRead {
  readonly id: string
  /** The fields, and what is wrong with them, without their values. */
  readonly wrong: string
}

/** Returns what an object says, and notes what could not be read of it. */
type Read<Item> = (json: unknown, asOf: Date, unread: PartlyRead[]) => Item

export function createSnapshotApi({ api, userTurn, onUnread }: SnapshotOptions): SnapshotApi {
  function readPartly<Value>(path: string, read: (unread: PartlyRead[]) => Value): Value {
    const unread: PartlyRead[] = []
    const value = parse(path, () => read(unread))
    if (unread.length > 0) onUnread(path, unread)
    return value
  }

  async function page<Item extends { readonly id: string }>(
    path: string,
    query: Record<string, string>,
    after: string | null,
    read: Read<Item>,
  ): Promise<Page<Item> & { askedAt: Date }> {
    const answer = await api.get(path, {
      ...query,
      order: 'asc',
      limit: String(LIMIT),
      ...(after !== null && { after }),
    })
    const parsed = list.safeParse(answer.json)
    if (!parsed.success) throw new SnapshotError(`GET ${path}: the response is not a list`)
    const { data, list_metadata } = parsed.data
    const objects = readPartly(path, (unread) => data.map((json) => read(json, answer.askedAt, unread)))
    const next = list_metadata.after ?? null
    refuseStrayCursor(path, objects, after, next)
    return { objects, after: next, askedAt: answer.askedAt }
  }

  const userOf =
    (directoryId: string): Read<Listed<UserFields>> =>
    (json, asOf, unread) => {
      const { object, names } = readPart(wireUser, json, unread)
      refuseForeign('/directory_users', object, directoryId)
      const fields = userWithout(names, object, asOf)
      return { id: object.id, fields, isPart: names.length > 0 || fields.active === undefined }
    }

  const memberOf = (directoryId: string) => (json: unknown, asOf: Date) => {
    const member = wireMember.parse(json)
    refuseForeign('/directory_users', member, directoryId)
    return {
      id: storable(member.id) as string,
      read: () => readPartly('/directory_users', (unread) => userOf(directoryId)(json, asOf, unread)),
    }
  }

  return {
    async directory(id) {
      const answer = await known(api.get(`/directories/${encodeURIComponent(id)}`))
      if (answer === null) return null
      const { json, askedAt } = answer
      const { data } = metadata.safeParse(json)
      const counts = data && {
        users: data.metadata.users.active + data.metadata.users.inactive,
        groups: data.metadata.groups,
      }
      const directory = readPartly('/directories', (unread) => directoryOf(json, askedAt, unread))
      return { directory, counts: counts ?? null, askedAt }
    },
    directories: (after) => page('/directories', {}, after, directoryOf),
    groups: (directory, after) =>
      page('/directory_groups', { directory }, after, (json, asOf, unread) => {
        const { object, names } = readPart(wireGroup, json, unread)
        refuseForeign('/directory_groups', object, directory)
        return { id: object.id, fields: groupWithout(names, object, asOf), isPart: names.length > 0 }
      }),
    async users(directory, after) {
      await userTurn(directory)
      return page('/directory_users', { directory }, after, userOf(directory))
    },
    async members(directory, group, after) {
      await userTurn(directory)
      return known(page('/directory_users', { group }, after, memberOf(directory)))
    },
    async user(directory, id) {
      await userTurn(directory)
      const answer = await known(api.get(`/directory_users/${encodeURIComponent(id)}`))
      if (answer === null) return null
      return readPartly('/directory_users', (unread) => userOf(directory)(answer.json, answer.askedAt, unread))
    },
    hasGroup: async (id) => (await known(api.get(`/directory_groups/${encodeURIComponent(id)}`))) !== null,
    async organizationName(id) {
      const path = '/organizations'
      const answer = await known(api.get(`${path}/${encodeURIComponent(id)}`))
      return answer && parse(path, () => named.parse(storable(answer.json)).name)
    },
    groupsOf: (user) =>
      known(readIds('/directory_groups', (after) => page('/directory_groups', { user }, after, idOf))),
  }
}

async function readIds(
  path: string,
  read: (after: string | null) => Promise<Page<{ readonly id: string }>>,
): Promise<string[]> {
  const ids: string[] = []
  for await (const { objects } of eachPage(path, read)) ids.push(...objects.map(({ id }) => id))
  return ids
}

const idOf = (json: unknown): { id: string } => identified.parse(json)

const directoryOf: Read<Reported<DirectoryFields>> = (json, _asOf, unread) => {
  const { object } = readPart(wireDirectory, json, unread)
  return { id: object.id, fields: toDirectoryFields(object) }
}

// One name that is not a text must not keep a whole directory from being compared: others who have left would stay in
// (law 6). What could not be read keeps its known value and version (law 3).
function readPart<Wire extends { readonly id: string }>(
  schema: z.ZodType<Wire>,
  json: unknown,
  unread: PartlyRead[],
): { readonly object: Wire; readonly names: readonly string[] } {
  const value = storable(json)
  const { data, error } = schema.safeParse(value)
  if (error === undefined) return { object: data, names: [] }
  const readable = readableOf(value, error, 1, ([name]) => name === 'id' || name === 'directory_id')
  if (readable === null) throw new SnapshotError(`${nameOf(value)} cannot be read: ${wrongIn([], error)}`)
  const object = schema.parse(readable)
  unread.push({ id: object.id, wrong: wrongIn([], error) })
  return { object, names: error.issues.map(({ path }) => String(path[0])) }
}

function nameOf(value: unknown): string {
  const { id } = (value ?? {}) as { id?: unknown }
  return typeof id === 'string' ? id : 'An object without an id'
}

function parse<Value>(path: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    const { path: field, message } = error.issues[0]!
    throw new SnapshotError(`GET ${path}: ${field.join('.')}: ${message}`)
  }
}

// A filter that is ignored would show one customer's people to another, and everybody in every group.
function refuseForeign(
  path: string,
  object: { id: string; directory_id?: string | undefined },
  directoryId: string,
): void {
  if (object.directory_id !== undefined && object.directory_id !== directoryId)
    throw new SnapshotError(
      `GET ${path}: ${object.id} belongs to ${object.directory_id}, but ${directoryId} was requested`,
    )
}

// A cursor that leads back to where it came from would be followed forever, as would a page that contains the object
// its cursor names.
function refuseStrayCursor(
  path: string,
  objects: readonly { id: string }[],
  from: string | null,
  to: string | null,
): void {
  if (to !== null && (to === from || objects.length === 0))
    throw new SnapshotError(`GET ${path}: the page after ${from ?? 'the beginning'} does not advance`)
  if (from !== null && objects.some(({ id }) => id === from))
    throw new SnapshotError(`GET ${path}: the page after ${from} begins before it`)
}
