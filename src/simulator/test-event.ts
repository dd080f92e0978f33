import { z } from 'zod'
import { invalid } from './api-error.ts'
import { check } from './check.ts'
import { dsyncEvents, type DsyncEvent, type EventEnvelope, type Json } from './payload.ts'
import type { World } from './world.ts'

const request = z.object({
  event: z
    .string()
    .max(200)
    .regex(/^[a-z_]+(\.[a-z_]+)+$/, 'is an event name such as dsync.user.created'),
  data: z.record(z.string(), z.unknown()),
})

type Form = (data: Json) => string | null

/**
 * Records and delivers a hand-made event, like test events from WorkOS's dashboard: it gets its own id and time and
 * changes nothing in the company. `data` is the whole object, or the thin form that refers to things by id alone.
 * Throws a 422 that names the field.
 */
export function sendTestEvent({ record }: Pick<World, 'record'>, body: unknown): EventEnvelope {
  const { event, data } = check(request, body)
  const complaint = isDsyncEvent(event) ? forms[event](data) : null
  if (complaint !== null) {
    throw invalid({ field: `data.${complaint}`, code: 'required', message: `is required for ${event}` })
  }
  return record(event, data)
}

// Event names that WorkOS does not have (yet) pass unchecked: receivers must cope with them.
const isDsyncEvent = (name: string): name is DsyncEvent => dsyncEvents.some((known) => known === name)

const user: Form = (data) => wholeOr(data, 'directory_user_id')
const group: Form = (data) => wholeOr(data, 'directory_group_id')
const directory: Form = (data) => (isText(data['id']) || isText(data['directory_id']) ? null : 'directory_id')

const membership: Form = (data) => {
  if (!isText(data['directory_id'])) return 'directory_id'
  if (!hasId(data['user']) && !isText(data['directory_user_id'])) return 'directory_user_id'
  return hasId(data['group']) || isText(data['directory_group_id']) ? null : 'directory_group_id'
}

const forms: Record<DsyncEvent, Form> = {
  'dsync.activated': directory,
  'dsync.deleted': directory,
  'dsync.user.created': user,
  'dsync.user.updated': user,
  'dsync.user.deleted': user,
  'dsync.group.created': group,
  'dsync.group.updated': group,
  'dsync.group.deleted': group,
  'dsync.group.user_added': membership,
  'dsync.group.user_removed': membership,
}

function wholeOr(data: Json, thinKey: string): string | null {
  if (!isText(data['directory_id'])) return 'directory_id'
  return isText(data['id']) || isText(data[thinKey]) ? null : thinKey
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

const hasId = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'id' in value && isText(value.id)
