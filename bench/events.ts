import { signDelivery } from '../src/simulator/sign.ts'
import { envelope, userObject, type EventEnvelope, type UserObject } from '../src/simulator/payload.ts'
import { wire } from './connection.ts'
import { webhookSecret } from './rollcall.ts'
import { directoryOf, organizationId, userId, USERS } from './seed.ts'

let version = 0

/** A WorkOS event, no two alike: user `n` of the seed has another title. */
export function userUpdated(n: number, at = Date.now()): EventEnvelope {
  return envelope('dsync.user.updated', person(n, at), at)
}

/** User `n` of the seed has another family name. */
export function userRenamed(n: number, lastName: string, at = Date.now()): EventEnvelope {
  return envelope('dsync.user.updated', { ...person(n, at), last_name: lastName, name: `Ada ${lastName}` }, at)
}

/** User `n` of the seed is gone. */
export function userDeleted(n: number, at = Date.now()): EventEnvelope {
  return envelope('dsync.user.deleted', { ...person(n, at), state: 'inactive' }, at)
}

function person(n: number, at: number): UserObject {
  version += 1
  return userObject({
    id: userId(n),
    directory_id: directoryOf(n, USERS),
    organization_id: organizationId,
    idp_id: `idp_${n}`,
    email: `ada.${n}@example.com`,
    first_name: 'Ada',
    last_name: `Lovelace ${n}`,
    username: `ada.${n}`,
    job_title: `Engineer ${version}`,
    custom_attributes: { department_name: 'Engineering', cost_center: n % 40 },
    created_at: new Date(Date.UTC(2026, 0, 15, 12) + n * 1_000).toISOString(),
    updated_at: new Date(at).toISOString(),
  })
}

/** Serializes the delivery of an event, signed now. */
export function delivery(event: EventEnvelope): Buffer {
  const body = JSON.stringify(event)
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'WorkOS Webhooks',
    'workos-signature': signDelivery(body, webhookSecret, Date.now()),
  }
  return wire('POST', '/webhooks/workos', headers, body)
}
