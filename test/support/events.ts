// Realistic payloads of WorkOS's events, with ids that tests can read.
import { ulid } from 'ulid'

type Fields = Record<string, unknown>

export const organizationId = 'org_test'
export const directoryId = 'directory_test'

/** Returns an event's envelope. `at` is the second of the history that it happens in, or a time. */
export function event(type: string, data: Fields, at: number | string = Date.now() / 1000, id = `event_${ulid()}`) {
  return { object: 'event', id, event: type, data, context: {}, created_at: time(at) }
}

/** Returns the time this many seconds after the beginning of the tests' history. */
export function time(at: number | string): string {
  return typeof at === 'string' ? at : new Date(at > 1e9 ? at * 1000 : Date.UTC(2026, 5, 25) + at * 1000).toISOString()
}

export function user(id: string, fields: Fields = {}) {
  return {
    object: 'directory_user',
    id: `directory_user_${id}`,
    directory_id: directoryId,
    organization_id: organizationId,
    idp_id: `idp_${id}`,
    email: `${id}@example.com`,
    first_name: id,
    last_name: 'Example',
    name: `${id} Example`,
    emails: [],
    job_title: null,
    username: null,
    state: 'active',
    raw_attributes: {},
    custom_attributes: { department_name: 'Engineering' },
    created_at: time(0),
    updated_at: time(0),
    ...fields,
  }
}

export function group(id: string, fields: Fields = {}) {
  return {
    object: 'directory_group',
    id: `directory_group_${id}`,
    directory_id: directoryId,
    organization_id: organizationId,
    idp_id: `idp_${id}`,
    name: id,
    raw_attributes: {},
    created_at: time(0),
    updated_at: time(0),
    ...fields,
  }
}

export function directory(fields: Fields = {}) {
  return {
    object: 'directory',
    id: directoryId,
    organization_id: organizationId,
    external_key: 'key',
    name: 'Test directory',
    type: 'okta scim v2.0',
    state: 'active',
    domains: [{ object: 'organization_domain', id: 'org_domain_test', domain: 'example.com' }],
    created_at: time(0),
    updated_at: time(0),
    ...fields,
  }
}

/** Returns the data of a membership event. */
export function member(groupObject: object, userObject: object, directory = directoryId) {
  return { directory_id: directory, user: userObject, group: groupObject }
}
