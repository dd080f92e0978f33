import type { CursorSeal } from '../changes/cursor.ts'
import type { StoredChange } from '../changes/read.ts'
import { previousWithoutOwner } from '../changes/previous-without-owner.ts'
import { CHANGE_NAMES } from '../directory/change-kinds.ts'
import type { PresentGroup, PresentUser } from './read-subjects.ts'

/** What a message contains besides the change. Null: nothing that the endpoint may see. */
interface Subjects {
  readonly user: PresentUser | null
  readonly group: PresentGroup | null
}

/** A message as defined by Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks, "Payload". */
export interface Message {
  readonly type: string
  /** The bytes that every attempt sends. */
  readonly body: string
}

/** Returns the message about a change, with the names of the schema. */
export function changeMessage(change: StoredChange, { user, group }: Subjects, cursors: CursorSeal): Message {
  const cursor = cursors.seal(change)
  return message(CHANGE_NAMES[change.kind].messageType, change.occurredAt, {
    id: `change_${cursor}`,
    cursor,
    kind: change.kind,
    source: change.source,
    eventId: change.eventId,
    actor: change.actor,
    organizationId: change.organizationId,
    directoryId: change.directoryId === '' ? null : change.directoryId,
    directoryUserId: change.directoryUserId,
    directoryUser: user,
    directoryGroupId: change.directoryGroupId,
    directoryGroup: group,
    userId: change.accountId,
    roleId: change.roleId,
    changedFields: change.changedFields,
    previous: previousWithoutOwner(change),
    detail: toldDetail(change),
    recordedAt: change.recordedAt,
  })
}

// What a user was before is kept only for queries about the past.
function toldDetail({ detail }: StoredChange): object | null {
  const { former: _kept, ...told } = detail ?? {}
  return Object.keys(told).length === 0 ? null : told
}

/** Says that changes before a position will not be sent: the receiver has to read the current state. */
export function discontinuityMessage(position: number, at: Date, cursors: CursorSeal): Message {
  return message('discontinuity', at, { cursor: cursors.seal({ position }), reason: 'PURGED' })
}

/** Carries nothing: the caller wants to see whether messages arrive. */
export function testMessage(endpointId: string, at: Date): Message {
  return message('webhook_endpoint.test', at, { webhookEndpointId: endpointId })
}

function message(type: string, timestamp: Date, data: object): Message {
  return { type, body: JSON.stringify({ type, timestamp, data }) }
}
