import type { CursorSeal } from '../changes/cursor.ts'
import type { StoredChange } from '../changes/read.ts'
import { previousWithoutOwner } from '../changes/previous-without-owner.ts'
import { messageTypeOf } from './message-type.ts'
import type { PresentGroup, PresentUser } from './read-subjects.ts'

/** What a change's message is made of besides the change. Null: there is nothing that its endpoint may be told. */
export interface Subjects {
  readonly user: PresentUser | null
  readonly group: PresentGroup | null
}

/** A message as Standard Webhooks has it: https://github.com/standard-webhooks/standard-webhooks, "Payload". */
export interface Message {
  readonly type: string
  /** The bytes that every attempt sends. */
  readonly body: string
}

/** Tells of a change, in the names of the schema. */
export function messageOf(change: StoredChange, { user, group }: Subjects, cursors: CursorSeal): Message {
  const cursor = cursors.seal(change.position)
  return message(messageTypeOf(change.kind), change.occurredAt, {
    id: `change_${cursor}`,
    cursor,
    kind: change.kind,
    source: change.source,
    eventId: change.eventId,
    actor: change.actor,
    organizationId: change.organizationId,
    directoryId: change.directoryId === '' ? null : change.directoryId,
    directoryUserId: change.userId,
    directoryUser: user,
    directoryGroupId: change.groupId,
    directoryGroup: group,
    userId: change.accountId,
    roleId: change.roleId,
    changedFields: change.changedFields,
    previous: previousWithoutOwner(change),
    detail: toldDetail(change),
    recordedAt: change.recordedAt,
  })
}

// What somebody was before they were deleted is kept for whoever asks for a past moment.
function toldDetail({ detail }: StoredChange): object | null {
  if (detail === null) return null
  const { former: _kept, ...told } = detail
  return told
}

/** Tells that changes before a position will not be told of: the receiver reads what it needs as it is now. */
export function discontinuityAt(position: number, at: Date, cursors: CursorSeal): Message {
  return message('discontinuity', at, { cursor: cursors.seal(position), reason: 'PURGED' })
}

/** Tells of nothing: somebody wants to see whether messages arrive. */
export function testMessage(endpointId: string, at: Date): Message {
  return message('webhook_endpoint.test', at, { webhookEndpointId: endpointId })
}

function message(type: string, timestamp: Date, data: object): Message {
  return { type, body: JSON.stringify({ type, timestamp, data }) }
}
