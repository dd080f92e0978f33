import type { StoredChange } from '../../changes/read.ts'
import type { MappingChange, NamedRole } from '../../operations/role-mappings.ts'
import { builder } from '../builder.ts'
import { askedOfOne } from '../lists/asked-of-one.ts'
import { Change } from './change-type.ts'
import { ownKind } from './own-kinds.ts'
import { RoleMappingState } from '../role-mapping-state.ts'
import { RoleMapping } from '../role-mapping.ts'
import { Role } from '../role.ts'
import { previousField } from './previous-field.ts'
import { User } from '../user.ts'

const AdministrationKind = builder.enumType('RoleAdministrationKind', {
  description: 'What was done to a role or a role mapping.',
  values: {
    CREATED: { description: 'It was created.' },
    UPDATED: { description: 'It was changed.' },
    DELETED: { description: 'It was deleted.' },
  } as const,
})
const RoleGrantChangeKind = builder.enumType('RoleGrantChangeKind', {
  description: 'What was done by hand.',
  values: {
    ADDED: { description: 'A role was granted.' },
    REMOVED: { description: 'A role granted by hand was revoked.' },
  } as const,
})

const mappingsOf = ({ detail }: StoredChange) => detail as unknown as MappingChange
const rolesOf = ({ detail }: StoredChange) => detail as unknown as Record<'before' | 'after', NamedRole | null>

builder.objectRef<StoredChange>('RoleChange').implement({
  description:
    'A role was created, changed or deleted. What accounts gain and lose as a result is recorded as separate changes.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: AdministrationKind,
      description: 'What was done.',
      resolve: ownKind('RoleChange'),
    }),
    roleId: t.id({ description: "The role's id, also after it was deleted.", resolve: ({ roleId }) => roleId! }),
    roleSlug: t.string({
      description: 'Its slug after the change, or before it was deleted.',
      resolve: (change) => (rolesOf(change).after ?? rolesOf(change).before)!.slug,
    }),
    role: t.field({
      type: Role,
      nullable: true,
      description: 'The role as it is now; null once it was deleted.',
      resolve: ({ roleId }, _args, { loaders }) => loaders.role.load(roleId!),
    }),
    changedFields: t.exposeStringList('changedFields', {
      description: 'The changed fields, by schema name; empty if the kind says it all.',
    }),
    previous: t.field(previousField()),
  }),
})

builder.objectRef<StoredChange>('RoleMappingChange').implement({
  description:
    'A role mapping was created, changed or deleted. What accounts gain and lose as a result is recorded as ' +
    'separate changes.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: AdministrationKind,
      description: 'What was done.',
      resolve: ownKind('RoleMappingChange'),
    }),
    mappingId: t.id({
      description: "The mapping's id, also after it was deleted.",
      resolve: (change) => (mappingsOf(change).after ?? mappingsOf(change).before)!.id,
    }),
    mapping: t.field({
      type: RoleMapping,
      nullable: true,
      description: 'The mapping as it is now; null once it was deleted.',
      resolve: (change, _args, { loaders }) =>
        loaders.roles.mapping.load((mappingsOf(change).after ?? mappingsOf(change).before)!.id),
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
    changedFields: t.exposeStringList('changedFields', { description: 'The changed fields, for an update.' }),
  }),
})

builder.objectRef<StoredChange>('RoleGrantChange').implement({
  description:
    'A role was granted by hand, or such a grant was revoked. The account may have other reasons for the role; a ' +
    'RoleAssignmentChange says whether it gained or lost it.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: RoleGrantChangeKind,
      description: 'What was done.',
      resolve: ownKind('RoleGrantChange'),
    }),
    userId: t.id({ description: "The account's id.", resolve: ({ accountId }) => accountId! }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'The account as it is now.',
      resolve: ({ accountId }, _args, { loaders }, info) => loaders.asked('account', askedOfOne(info)).load(accountId!),
    }),
    roleId: t.id({ description: "The role's id, also after it was deleted.", resolve: ({ roleId }) => roleId! }),
    role: t.field({
      type: Role,
      nullable: true,
      description: 'The role as it is now; null once it was deleted.',
      resolve: ({ roleId }, _args, { loaders }) => loaders.role.load(roleId!),
    }),
    reason: t.string({
      nullable: true,
      description: 'The reason they gave.',
      resolve: ({ detail }) => (typeof detail?.reason === 'string' ? detail.reason : null),
    }),
  }),
})
