import { ABOUT_NOTHING, type ChangeDraft } from '../changes/append.ts'
import type { JsonObject } from '../directory/objects.ts'
import type { Deed } from '../operations/administrator.ts'
import type { RoleState } from './role-states.ts'

const FIELDS = ['slug', 'name', 'description', 'protected'] as const

/** What the change log says of a role that was created, changed or deleted: as it was before and is after. */
export function tellRole(before: RoleState | null, after: RoleState | null, { actor, at }: Deed): ChangeDraft {
  const { id, organizationId } = (after ?? before)!
  const changedFields =
    before === null || after === null ? [] : FIELDS.filter((field) => before[field] !== after[field])
  return {
    ...ABOUT_NOTHING,
    kind: before === null ? 'ROLE_CREATED' : after === null ? 'ROLE_DELETED' : 'ROLE_UPDATED',
    directoryId: '',
    organizationId,
    roleId: id,
    changedFields,
    previous:
      changedFields.length === 0 ? null : Object.fromEntries(changedFields.map((field) => [field, before![field]])),
    source: 'MUTATION',
    actor,
    detail: { before, after } as unknown as JsonObject,
    occurredAt: at,
  }
}
