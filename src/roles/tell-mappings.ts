import type { ChangeDraft } from '../changes/append.ts'
import { draftChange, type Why } from '../changes/draft-change.ts'
import type { MappingChange, MappingState } from '../operations/role-mappings.ts'
import type { JsonObject } from '../directory/objects.ts'

/**
 * What the change log says of changes to mappings: each as it was before and is after, so that the mappings of any
 * moment can be reconstructed. A mapping that moves to another organization ends in the one's log and begins in the
 * other's (law 8).
 */
export function tellMappings(changes: readonly MappingChange[], why: Why): ChangeDraft[] {
  return changes.flatMap((change) => apart(change).map((part) => draftOf(part, why)))
}

function apart(change: MappingChange): MappingChange[] {
  const { before, after } = change
  if (before === null || after === null || before.organizationId === after.organizationId) return [change]
  return [
    { before, after: null },
    { before: null, after },
  ]
}

function draftOf({ before, after }: MappingChange, why: Why): ChangeDraft {
  const { id, organizationId, directoryId } = after ?? before
  const changedFields = before === null || after === null ? [] : FIELDS.filter((field) => !isSame(before, after, field))
  return draftChange(why, {
    kind: before === null ? 'ROLE_MAPPING_CREATED' : after === null ? 'ROLE_MAPPING_DELETED' : 'ROLE_MAPPING_UPDATED',
    directoryId: directoryId ?? '',
    organizationId,
    changedFields,
    detail: { mappingId: id, before, after } as unknown as JsonObject,
  })
}

const LOOKED_FOR = ['organizationId', 'directoryId', 'match', 'value', 'attribute'] as const
const FIELDS = [...LOOKED_FOR, 'roles'] as const

/** Whether a mapping is the same before and after. */
export function isUnchanged({ before, after }: MappingChange): boolean {
  return before !== null && after !== null && FIELDS.every((field) => isSame(before, after, field))
}

/** Those that after the changes look for something that they did not look for before, or in another place. */
export function mappingsElsewhere(changes: readonly MappingChange[]): MappingState[] {
  return changes.flatMap(({ before, after }) => {
    if (after === null) return []
    return before === null || LOOKED_FOR.some((field) => !isSame(before, after, field)) ? [after] : []
  })
}

function isSame(before: MappingState, after: MappingState, field: (typeof FIELDS)[number]): boolean {
  if (field !== 'roles') return before[field] === after[field]
  const ids = ({ roles }: MappingState) => roles.map(({ id }) => id)
  return ids(before).sort().join() === ids(after).sort().join()
}
