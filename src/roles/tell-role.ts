import type { ChangeDraft } from '../changes/append.ts'
import { draftChange, type Why } from '../changes/draft-change.ts'
import type { JsonObject } from '../directory/objects.ts'
import type { ChangeOf } from '../operations/role-mappings.ts'
import type { RoleState } from './role-states.ts'

const FIELDS = ['slug', 'name', 'description', 'protected'] as const

/** What the change log says of a role that was created, changed or deleted: as it was before and is after. */
export function tellRole({ before, after }: ChangeOf<RoleState>, why: Why): ChangeDraft {
  const { id, organizationId } = after ?? before
  const changedFields =
    before === null || after === null ? [] : FIELDS.filter((field) => before[field] !== after[field])
  return draftChange(why, {
    kind: before === null ? 'ROLE_CREATED' : after === null ? 'ROLE_DELETED' : 'ROLE_UPDATED',
    organizationId,
    roleId: id,
    changedFields,
    previous:
      before === null || changedFields.length === 0
        ? null
        : Object.fromEntries(changedFields.map((field) => [field, before[field]])),
    detail: { before, after } as unknown as JsonObject,
  })
}
