// WorkOS's objects as they appear in events and answers, and what each says in our terms. Almost everything is
// optional: WorkOS's own samples of 2026 leave out fields that its specification requires.
import * as z from 'zod'
import type {
  DirectoryFields,
  DirectoryState,
  GroupFields,
  Json,
  JsonObject,
  UserFields,
} from '../directory/objects.ts'
import { valueAt } from '../directory/pointed-value.ts'
import { textFault } from '../text/text-fault.ts'
import { isId, isRecord } from './envelope.ts'
import { parseTime } from './time.ts'

const id = z.string().refine(isId, 'must be an id of 1 to 200 characters')
const text = z.string()
// Longer ones, of bytes that cannot be compressed, do not fit into the index that finds a returning person.
const idpId = z.string().max(500)
const time = z.string().transform((value, context) => {
  const parsed = parseTime(value)
  if (parsed === null) context.addIssue({ code: 'custom', message: 'must be a time' })
  return parsed ?? new Date(0)
})
// Whatever JSON.parse returned: it needs no second look. A record of zod's would leave out a key `__proto__`.
const attributes = z.custom<JsonObject>(isRecord, 'must be an object')
const slug = z.object({ slug: text })

export const wireUser = z.object({
  id,
  directory_id: id.optional(),
  organization_id: id.nullish(),
  idp_id: idpId.nullish(),
  email: text.nullish(),
  first_name: text.nullish(),
  last_name: text.nullish(),
  name: text.nullish(),
  username: text.nullish(),
  job_title: text.nullish(),
  emails: z.array(z.custom<Json>()).nullish(),
  state: text.nullish(),
  custom_attributes: attributes.nullish(),
  raw_attributes: attributes.nullish(),
  role: slug.nullish(),
  roles: z.array(slug).nullish(),
  created_at: time.nullish(),
  updated_at: time.nullish(),
})
export type WireUser = z.infer<typeof wireUser>

export const wireGroup = z.object({
  id,
  directory_id: id.optional(),
  organization_id: id.nullish(),
  idp_id: text.nullish(),
  name: text.nullish(),
  raw_attributes: attributes.nullish(),
  created_at: time.nullish(),
  updated_at: time.nullish(),
})
export type WireGroup = z.infer<typeof wireGroup>

export const wireDirectory = z.object({
  id,
  organization_id: id.nullish(),
  external_key: text.nullish(),
  name: text.nullish(),
  type: text.nullish(),
  state: text.nullish(),
  domain: text.nullish(),
  domains: z.array(z.object({ domain: text })).nullish(),
  created_at: time.nullish(),
  updated_at: time.nullish(),
})
type WireDirectory = z.infer<typeof wireDirectory>

/** Only what the object says: an absent key yields no field. */
export function toUserFields(user: WireUser): Partial<UserFields> {
  const username = user.username ?? user.custom_attributes?.username
  const roles = user.roles ?? (user.role ? [user.role] : user.role)
  return present<UserFields>({
    idpId: user.idp_id ?? undefined,
    email: user.email === undefined ? primaryAddress(user.emails) : user.email,
    firstName: user.first_name,
    lastName: user.last_name,
    name: user.name,
    username: typeof username === 'string' ? username : user.username,
    jobTitle: user.job_title,
    emails: user.emails ?? undefined,
    // `suspended` was folded into `inactive` in 2023; whatever is not active must not get in.
    active: user.state == null ? undefined : user.state === 'active',
    customAttributes: user.custom_attributes ?? undefined,
    rawAttributes: user.raw_attributes ?? undefined,
    idpRoles: roles === undefined ? undefined : [...new Set((roles ?? []).map((role) => role.slug))],
    createdAt: user.created_at ?? undefined,
    updatedAt: user.updated_at ?? undefined,
  })
}

// Older payloads, such as those in the tests of WorkOS's SDKs, have no `email`. Null is an answer: no entry is primary.
function primaryAddress(emails: WireUser['emails']): string | undefined {
  const address = valueAt(emails ?? [], ['primary', 'value'])
  return typeof address === 'string' ? address : undefined
}

/** Only what the object says. */
export function toGroupFields(group: WireGroup): Partial<GroupFields> {
  return present<GroupFields>({
    idpId: group.idp_id ?? undefined,
    name: group.name ?? undefined,
    rawAttributes: group.raw_attributes ?? undefined,
    createdAt: group.created_at ?? undefined,
    updatedAt: group.updated_at ?? undefined,
  })
}

// Directories are ordered by name and found by type, and an entry of PostgreSQL's indexes takes at most 2,700 bytes: a
// longer name would keep even a deletion from being applied.
const LONGEST_NAME = 500

/** Only what the object says. `domain` is the REST form of `domains`. */
export function toDirectoryFields(directory: WireDirectory): Partial<DirectoryFields> {
  const domains = directory.domains?.map(({ domain }) => domain) ?? (directory.domain ? [directory.domain] : undefined)
  return present<DirectoryFields>({
    organizationId: directory.organization_id ?? undefined,
    externalKey: directory.external_key,
    name: directory.name?.slice(0, LONGEST_NAME).toWellFormed(),
    type: directory.type?.slice(0, LONGEST_NAME).toWellFormed(),
    state: directory.state == null ? undefined : DIRECTORY_STATES.get(directory.state),
    domains,
    createdAt: directory.created_at ?? undefined,
    updatedAt: directory.updated_at ?? undefined,
  })
}

// REST says linked and unlinked where events say active and inactive.
const DIRECTORY_STATES = new Map<string, DirectoryState>([
  ['active', 'ACTIVE'],
  ['linked', 'ACTIVE'],
  ['inactive', 'INACTIVE'],
  ['unlinked', 'INACTIVE'],
  ['validating', 'VALIDATING'],
  ['invalid_credentials', 'INVALID_CREDENTIALS'],
  ['deleting', 'DELETING'],
])

/** Without the fields whose value is undefined. */
function present<Fields>(fields: { [Key in keyof Fields]?: Fields[Key] | undefined }): Partial<Fields> {
  const told: Partial<Fields> = {}
  for (const key in fields) if (fields[key] !== undefined) told[key] = fields[key]
  return told
}

const DEEPEST = 64

/**
 * The same value without what PostgreSQL cannot hold in text or jsonb, including in keys: U+0000 is removed, but in an
 * id, which would become another one, it becomes U+FFFD, as an unpaired surrogate does; a number beyond those of
 * JavaScript becomes null. Nesting deeper than 64 is cut off as null, so that no recursion here or later runs away.
 */
export function storable(value: unknown): Json {
  return isStorable(value, DEEPEST) ? value : cleaned(value, DEEPEST)
}

/** Parses JSON, and makes it storable. */
export function parseStorable(text: string): Json {
  const value: unknown = JSON.parse(text)
  // In a well-formed text, what PostgreSQL cannot hold is written as an escape: without any, only the depth must be
  // checked.
  const isPlain = !text.includes('\\u') && text.isWellFormed()
  return isPlain && isShallow(value, DEEPEST) ? value : storable(value)
}

function isShallow(value: unknown, depth: number): value is Json {
  if (typeof value !== 'object' || value === null) return !isEndless(value)
  if (depth === 0) return false
  for (const key in value) if (!isShallow((value as Record<string, unknown>)[key], depth - 1)) return false
  return true
}

// What JSON.parse makes of 1e400. It would be stored as null, and differ from it each time it is told.
const isEndless = (value: unknown): boolean => value === Infinity || value === -Infinity

// Nearly all values are, and copying each of them would cost more than the rest of the decoding.
function isStorable(value: unknown, depth: number): value is Json {
  if (typeof value === 'string') return textFault(value) === null
  if (typeof value !== 'object' || value === null) return !isEndless(value)
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => isStorable(item, depth - 1))
  return Object.entries(value).every(([key, item]) => isStorable(key, depth) && isStorable(item, depth - 1))
}

function cleaned(value: unknown, depth: number): Json {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed()
  if (typeof value !== 'object' || value === null) return isEndless(value) ? null : (value as Json)
  if (depth === 0) return null
  if (Array.isArray(value)) return value.map((item) => cleaned(item, depth - 1))
  const entries = Object.entries(value).map(
    ([key, item]) =>
      [
        cleaned(key, depth) as string,
        cleaned(holdsId(key, item) ? item.replaceAll('\0', '\uFFFD') : item, depth - 1),
      ] as const,
  )
  return Object.fromEntries(entries)
}

const holdsId = (key: string, value: unknown): value is string => typeof value === 'string' && /(?:^|_)id$/.test(key)
