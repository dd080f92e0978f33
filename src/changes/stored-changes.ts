import type { Json, JsonObject } from '../directory/objects.ts'
import type { Appended } from './append.ts'
import type { StoredChange } from './read.ts'

/** Appended changes, as a reader of the log would find them. */
export function storedChanges({ position, recordedAt, drafts }: Appended): StoredChange[] {
  const before = position - drafts.length
  return drafts.map((draft, index) => ({
    position: before + index + 1,
    kind: draft.kind,
    directoryId: draft.directoryId,
    organizationId: draft.organizationId,
    directoryUserId: draft.directoryUserId,
    directoryGroupId: draft.directoryGroupId,
    accountId: draft.accountId ?? null,
    roleId: draft.roleId ?? null,
    changedFields: [...draft.changedFields],
    previous: asStored(draft.previous),
    source: draft.source,
    eventId: draft.eventId,
    actor: draft.actor ?? null,
    detail: asStored(draft.detail ?? null),
    occurredAt: draft.occurredAt,
    recordedAt,
  }))
}

// As JSON, with keys in the order in which PostgreSQL keeps them: shorter ones first, equally long ones by their bytes.
function asStored(value: JsonObject | null): JsonObject | null {
  return value === null ? null : (inOrder(JSON.parse(JSON.stringify(value)) as JsonObject) as JsonObject)
}

function inOrder(value: Json): Json {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const keys = Object.keys(value).map((key) => [key, Buffer.from(key)] as const)
  keys.sort(([, one], [, other]) => one.length - other.length || Buffer.compare(one, other))
  return Object.fromEntries(keys.map(([key]) => [key, inOrder(value[key]!)]))
}
