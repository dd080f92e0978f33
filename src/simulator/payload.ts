import { ulid } from 'ulid'
import { isoTime } from './clock.ts'

/** The ten events that WorkOS lets an endpoint subscribe to for Directory Sync. */
export const dsyncEvents = [
  'dsync.activated',
  'dsync.deleted',
  'dsync.user.created',
  'dsync.user.updated',
  'dsync.user.deleted',
  'dsync.group.created',
  'dsync.group.updated',
  'dsync.group.deleted',
  'dsync.group.user_added',
  'dsync.group.user_removed',
] as const

export type DsyncEvent = (typeof dsyncEvents)[number]

export type Json = Record<string, unknown>
interface RoleObject {
  slug: string
}

export interface UserObject {
  object: 'directory_user'
  id: string
  directory_id: string
  organization_id: string
  idp_id: string
  email: string | null
  first_name: string | null
  last_name: string | null
  name: string | null
  emails: { primary?: boolean; type?: string; value: string | null }[]
  job_title: string | null
  username: string | null
  state: 'active' | 'suspended' | 'inactive'
  raw_attributes: Json
  custom_attributes: Json
  role?: RoleObject
  roles?: RoleObject[]
  created_at: string
  updated_at: string
}

export interface GroupObject {
  object: 'directory_group'
  id: string
  idp_id: string
  directory_id: string
  organization_id: string
  name: string
  raw_attributes: Json
  created_at: string
  updated_at: string
}

export type DirectoryState = 'linked' | 'unlinked' | 'validating' | 'invalid_credentials' | 'deleting'

export interface DirectoryObject {
  object: 'directory'
  id: string
  organization_id: string
  external_key: string
  type: string
  state: DirectoryState
  name: string
  domain?: string
  metadata?: { users: { active: number; inactive: number }; groups: number }
  created_at: string
  updated_at: string
}

interface DomainObject {
  object: 'organization_domain'
  id: string
  domain: string
}

export interface OrganizationObject {
  object: 'organization'
  id: string
  name: string
  domains: (DomainObject & { organization_id: string; state: string; created_at: string; updated_at: string })[]
  metadata: Record<string, string>
  external_id: string | null
  created_at: string
  updated_at: string
}

export interface EventEnvelope {
  object: 'event'
  id: string
  event: string
  data: Json
  created_at: string
  context: Json
}

const SOME_TIME = '2026-01-15T12:00:00.000Z'
const SOME_ORGANIZATION = 'org_01KF0JZZZZ0000000000000000'

type Given<T, Required extends keyof T> = Pick<T, Required> & Partial<T>

/**
 * A user as WorkOS sends it since April 2026: `emails`, `job_title`, `username` and `raw_attributes` are present and
 * empty.
 */
export function userObject(given: Given<UserObject, 'id' | 'directory_id'>): UserObject {
  const { id, directory_id, ...rest } = given
  const names = [given.first_name ?? null, given.last_name ?? null].filter((name) => name !== null)
  return {
    object: 'directory_user',
    id,
    directory_id,
    organization_id: SOME_ORGANIZATION,
    idp_id: given.id.slice(-12).toLowerCase(),
    email: null,
    first_name: null,
    last_name: null,
    name: names.length === 0 ? null : names.join(' '),
    emails: [],
    job_title: null,
    username: null,
    state: 'active',
    raw_attributes: {},
    custom_attributes: {},
    created_at: SOME_TIME,
    updated_at: SOME_TIME,
    ...rest,
  }
}

export function groupObject(given: Given<GroupObject, 'id' | 'directory_id'>): GroupObject {
  const { id, directory_id, ...rest } = given
  return {
    object: 'directory_group',
    id,
    directory_id,
    idp_id: given.name ?? given.id.slice(-12).toLowerCase(),
    organization_id: SOME_ORGANIZATION,
    name: 'Developers',
    raw_attributes: {},
    created_at: SOME_TIME,
    updated_at: SOME_TIME,
    ...rest,
  }
}

/**
 * A directory as the REST API shows it: its states are `linked` and `unlinked`, not the `active` and `inactive` of
 * events.
 */
export function directoryObject(given: Given<DirectoryObject, 'id'>): DirectoryObject {
  const { id, ...rest } = given
  return {
    object: 'directory',
    id,
    organization_id: SOME_ORGANIZATION,
    external_key: given.id.slice(-16),
    type: 'okta scim v2.0',
    state: 'linked',
    name: "Foo Corp's Directory",
    created_at: SOME_TIME,
    updated_at: SOME_TIME,
    ...rest,
  }
}

/** The data of `dsync.activated`: `domains` in place of `domain`, no `metadata`, and a state in the words of events. */
export function directoryEventObject(directory: DirectoryObject, domains: readonly DomainObject[] = []): Json {
  const { domain: _domain, metadata: _metadata, ...rest } = directory
  return { ...rest, state: eventState(directory.state), domains }
}

/** The data of `dsync.deleted`: neither `domains` nor `external_key`; the state is the one before the deletion. */
export function deletedDirectoryObject(directory: DirectoryObject): Json {
  const { domains: _domains, external_key: _externalKey, ...rest } = directoryEventObject(directory)
  return rest
}

function eventState(state: DirectoryState): string {
  if (state === 'linked') return 'active'
  return state === 'unlinked' ? 'inactive' : state
}

/** The data of `dsync.group.user_added` and `user_removed`: whole objects, and nothing else but the directory's id. */
export function membershipData(user: UserObject, group: GroupObject): Json {
  return { directory_id: group.directory_id, user, group }
}

/** Returns an event as webhooks carry it and the Events API lists it. Without an id it gets a new one of that time. */
export function envelope(
  event: string,
  data: object,
  createdAt: number,
  id = `event_${ulid(createdAt)}`,
): EventEnvelope {
  return { object: 'event', id, event, data: { ...data }, created_at: isoTime(createdAt), context: {} }
}
