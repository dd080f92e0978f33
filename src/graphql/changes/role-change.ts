import type { StoredChange } from '../../changes/read.ts'
import { changedMapping, type ChangeOf, type MappingChange, type NamedRole } from '../../operations/role-mappings.ts'
import { RoleMappingState } from '../role-mapping-state.ts'
import { RoleMapping } from '../role-mapping.ts'
import { changedFields, previous, reason, roleFields, userFields } from './change-fields.ts'
import { defineChange } from './define-change.ts'

const mappingsOf = ({ detail }: StoredChange) => detail as unknown as MappingChange

function roleOf({ detail }: StoredChange): NamedRole {
  const { before, after } = detail as unknown as ChangeOf<NamedRole>
  return after ?? before
}

defineChange('RoleChange', {
  description:
    'A role was created, changed or deleted. What accounts gain and lose as a result is recorded as separate changes.',
  kind: 'What was done.',
  fields: (t) => ({
    ...roleFields(t),
    roleSlug: t.string({
      description: 'Its slug after the change, or before it was deleted.',
      resolve: (change) => roleOf(change).slug,
    }),
    changedFields: changedFields(t),
    previous: previous(t),
  }),
})

defineChange('RoleMappingChange', {
  description:
    'A role mapping was created, changed or deleted. What accounts gain and lose as a result is recorded as ' +
    'separate changes.',
  kind: 'What was done.',
  fields: (t) => ({
    mappingId: t.id({
      description: "The mapping's id, also after it was deleted.",
      resolve: (change) => changedMapping(mappingsOf(change)).id,
    }),
    mapping: t.field({
      type: RoleMapping,
      nullable: true,
      description: 'The mapping as it is now; null once it was deleted.',
      resolve: (change, _args, { loaders }) => loaders.roles.mapping.load(changedMapping(mappingsOf(change)).id),
    }),
    before: t.field({
      type: RoleMappingState,
      nullable: true,
      description: 'The whole mapping before the change; null on creation.',
      resolve: (change) => mappingsOf(change).before,
    }),
    after: t.field({
      type: RoleMappingState,
      nullable: true,
      description: 'The whole mapping after the change; null on deletion.',
      resolve: (change) => mappingsOf(change).after,
    }),
    changedFields: changedFields(t, 'The changed fields, for an update.'),
  }),
})

defineChange('RoleGrantChange', {
  description:
    'A role was granted by hand, or such a grant was revoked. The account may have other reasons for the role; a ' +
    'RoleAssignmentChange says whether it gained or lost it.',
  kind: 'What was done.',
  fields: (t) => ({
    ...userFields(t),
    ...roleFields(t),
    reason: reason(t, 'The reason they gave.'),
  }),
})
