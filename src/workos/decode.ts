import * as z from 'zod'
import type { EventType, Reported, SyncEvent } from '../directory/events.ts'
import type { DirectoryFields, GroupFields, UserFields } from '../directory/objects.ts'
import {
  toDirectoryFields,
  toGroupFields,
  parseStorable,
  storable,
  toUserFields,
  wireDirectory,
  wireGroup,
  wireUser,
} from './wire.ts'
import { readableOf, wrongIn } from './readable.ts'
import { endsAccess, reportedFields, wholeGroup } from './whole.ts'

/** An event as stored in the inbox: its envelope was read on receipt. */
export interface RawEvent {
  readonly id: string
  readonly type: EventType
  readonly directoryId: string
  readonly occurredAt: Date
  readonly body: string
}

/** What a thin event leaves out and WorkOS must be asked for. */
export interface LeftOut {
  readonly kind: 'user' | 'group' | 'directory'
  readonly id: string
}

export type Decoded =
  /** `unread` names what could not be read of an event that is applied all the same; null if that is nothing. */
  | { readonly kind: 'event'; readonly event: SyncEvent; readonly unread: string | null }
  /** The thin form `{directory_id, directory_user_id}`, which needs objects that WorkOS must be asked for. */
  | { readonly kind: 'thin'; readonly missing: readonly LeftOut[] }
  /** `error` names the fields that are wrong. */
  | { readonly kind: 'malformed'; readonly error: string }

/** WorkOS's answer about an object that it no longer knows: no JSON is equal to it. */
export const GONE = Symbol('gone')

/** Objects of WorkOS's API by id, as JSON or GONE, to complete thin events. */
export type Completions = ReadonlyMap<string, unknown>

const ENDS: readonly EventType[] = [
  'dsync.deactivated',
  'dsync.deleted',
  'dsync.user.deleted',
  'dsync.group.deleted',
  'dsync.group.user_removed',
]
const isEnd = (type: EventType) => ENDS.includes(type)

// A membership that joined two directories could show one customer's people to another.
const memberData = z
  .object({ directory_id: z.string(), user: wireUser, group: wireGroup })
  .superRefine(({ directory_id, user, group }, context) => {
    for (const [name, object] of Object.entries({ user, group })) {
      if (object.directory_id === undefined || object.directory_id === directory_id) continue
      const message = `must be ${directory_id}, as in data.directory_id`
      context.addIssue({ code: 'custom', path: [name, 'directory_id'], message })
    }
  })

/**
 * Reads an event of the inbox; with `completions`, also a thin one. Returns what is wrong with it, and never throws.
 */
export function decode(raw: RawEvent, completions: Completions = new Map()): Decoded {
  const { data } = parseStorable(raw.body) as { data: Record<string, unknown> }
  const thin = thinIds(raw.type, data)
  // Deleted objects cannot be asked for, and their id is enough.
  const isGone = (id: string) => isEnd(raw.type) || completions.get(id) === GONE
  const found = (id: string) => (isGone(id) ? { id } : storable(completions.get(id)))
  const missing = isEnd(raw.type) ? [] : thin.filter(({ id }) => !completions.has(id))
  if (missing.length > 0) return { kind: 'thin', missing }
  const whole = complete(raw.type, data, thin, found)
  const gone = new Set(thin.filter(({ id }) => isGone(id)).map(({ id }) => id))
  const event = tryRead(raw, whole, { isPart: false, gone })
  if (!(event instanceof z.ZodError)) return { kind: 'event', event, unread: null }
  const wrong = wrongIn(['data'], event)
  const readable = mayBePart(raw.type, whole) ? readableOf(whole, event, depthOf(raw.type), isNeeded(raw.type)) : null
  const end = readable === null ? event : tryRead(raw, readable, { isPart: true, gone })
  return end instanceof z.ZodError ? { kind: 'malformed', error: wrong } : { kind: 'event', event: end, unread: wrong }
}

interface Lack {
  /** Whether something could not be read and is left out. */
  readonly isPart: boolean
  /** The ids of objects that WorkOS could not be asked for. */
  readonly gone: ReadonlySet<string>
}

function tryRead(raw: RawEvent, data: unknown, lack: Lack): SyncEvent | z.ZodError {
  try {
    return read(raw, data, lack)
  } catch (error) {
    if (error instanceof z.ZodError) return error
    throw error
  }
}

// A membership only fills in what it says about its user and its group, and may leave out anything anyway.
const mayBePart = (type: EventType, data: unknown) =>
  isEnd(type) || type === 'dsync.group.user_added' || (type.startsWith('dsync.user.') && endsAccess(data))

// Required are whom it is about and, of who joins a group, whose they are and what decides whether they may get in and
// as what. A removal without its organization is applied all the same: the directory's organization is known, or no
// user of it has been let in yet.
const NEEDED: readonly unknown[] = ['id', 'directory_id']
const NEEDED_TO_JOIN = /^(?:user\.state|group\.name|(?:\w+\.)?organization_id)$/
const isNeeded = (type: EventType) => (path: readonly PropertyKey[]) =>
  NEEDED.includes(path.at(-1)) || (type === 'dsync.group.user_added' && NEEDED_TO_JOIN.test(path.join('.')))

const depthOf = (type: EventType) => (type.startsWith('dsync.group.user_') ? 2 : 1)

// Reads an event from the whole object, or from what can be read of it.
function read(raw: RawEvent, data: unknown, { isPart, gone }: Lack): SyncEvent {
  const { id, type, directoryId, occurredAt } = raw
  const base = { id, directoryId, occurredAt }
  switch (type) {
    case 'dsync.activated':
    case 'dsync.deactivated':
    case 'dsync.deleted': {
      const directory = wireDirectory.parse(data)
      const fields = { ...toDirectoryFields(directory), ...directoryVerdict(type, occurredAt) }
      // `state` is that before the deletion.
      if (type === 'dsync.deleted') delete fields.state
      return {
        ...base,
        type,
        organizationId: directory.organization_id ?? null,
        directory: { id: directory.id, fields },
      }
    }
    case 'dsync.user.created':
    case 'dsync.user.updated':
    case 'dsync.user.deleted': {
      const user = wireUser.parse(data)
      const fields =
        type === 'dsync.user.deleted'
          ? { ...toUserFields(user), deletedAt: occurredAt }
          : reportedFields(user, occurredAt, isPart)
      return { ...base, type, organizationId: user.organization_id ?? null, user: { id: user.id, fields } }
    }
    case 'dsync.group.created':
    case 'dsync.group.updated':
    case 'dsync.group.deleted': {
      const group = wireGroup.parse(data)
      const fields =
        type === 'dsync.group.deleted'
          ? { ...toGroupFields(group), deletedAt: occurredAt }
          : wholeGroup(group, occurredAt)
      return { ...base, type, organizationId: group.organization_id ?? null, group: { id: group.id, fields } }
    }
    case 'dsync.group.user_added':
    case 'dsync.group.user_removed': {
      const { user, group } = memberData.parse(data)
      // user_added implies that user and group exist, unless WorkOS has been asked since; user_removed does not.
      const alive = (id: string) => (type === 'dsync.group.user_added' && !gone.has(id) ? { deletedAt: null } : {})
      const organizationId = user.organization_id ?? group.organization_id ?? null
      const ofUser = substance(toUserFields(user))
      // A removal never lets a user in (law 6): its copy of the user may be from before they were suspended.
      if (type === 'dsync.group.user_removed' && ofUser.active === true) delete ofUser.active
      const aboutUser: Reported<UserFields> = { id: user.id, fields: { ...ofUser, ...alive(user.id) } }
      const aboutGroup: Reported<GroupFields> = {
        id: group.id,
        fields: { ...substance(toGroupFields(group)), ...alive(group.id) },
      }
      return { ...base, type, organizationId, user: aboutUser, group: aboutGroup }
    }
  }
}

// An embedded object may be partial, with null or empty lists for what is missing. Only fields with content are merged:
// missing ones never clear what is stored.
function substance<Fields extends object>(fields: Partial<Fields>): Partial<Fields> {
  const says = (value: unknown) =>
    value !== null && (typeof value !== 'object' || value instanceof Date || Object.keys(value).length > 0)
  const said: Partial<Fields> = {}
  for (const key in fields) if (says(fields[key])) said[key] = fields[key]
  return said
}

function directoryVerdict(
  type: 'dsync.activated' | 'dsync.deactivated' | 'dsync.deleted',
  occurredAt: Date,
): Partial<DirectoryFields> {
  if (type === 'dsync.deleted') return { deletedAt: occurredAt }
  return type === 'dsync.activated' ? { deletedAt: null } : { state: 'INACTIVE' }
}

function thinIds(type: EventType, data: Record<string, unknown>): LeftOut[] {
  const named = (kind: LeftOut['kind'], ...keys: string[]): LeftOut[] => {
    const id = keys.map((key) => data[key]).find((value) => typeof value === 'string')
    return id === undefined ? [] : [{ kind, id: id }]
  }
  const user = named('user', 'directory_user_id', 'user_id')
  const group = named('group', 'directory_group_id', 'group_id')
  if (type.startsWith('dsync.group.user_')) {
    return [...(data.user === undefined ? user : []), ...(data.group === undefined ? group : [])]
  }
  if (data.id !== undefined) return []
  if (type.startsWith('dsync.user.')) return user
  if (type.startsWith('dsync.group.')) return group
  return named('directory', 'directory_id')
}

function complete(
  type: EventType,
  data: Record<string, unknown>,
  thin: LeftOut[],
  found: (id: string) => unknown,
): unknown {
  const [first] = thin
  if (first === undefined) return data
  if (!type.startsWith('dsync.group.user_')) return found(first.id)
  return { ...data, ...Object.fromEntries(thin.map(({ kind, id }) => [kind, found(id)])) }
}
