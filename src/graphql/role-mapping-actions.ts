import type { RoleMapping as Model } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { administratorOf } from './administrator.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { InUseError } from './in-use-error.ts'
import { GroupMatchKind, RoleMapping, rolesOfMapping } from './role-mapping.ts'

const organizationId =
  'The one organization in which it is to hold; every one where it is left out and you see all. One of a directory or of a ' +
  'group is of its organization.'
const value =
  "What it is to look for, in 1 to 500 characters: a group's id, a name, a prefix, a pattern of RE2, or an attribute's value."
const roles = 'The roles that it is to grant, 1 to 50, by slug or id.'

export const CreateRoleMappingInput = builder.inputType('CreateRoleMappingInput', {
  description: 'A role mapping to be made.',
  fields: (t) => ({
    organizationId: t.id({ description: organizationId }),
    directoryId: t.id({ description: 'The one directory in which it is to hold; every one where it is left out.' }),
    match: t.field({ type: GroupMatchKind, required: true, description: 'What it is to look at.' }),
    value: t.string({ required: true, description: value }),
    attribute: t.string({ description: 'For ATTRIBUTE_EQUALS, and only there: the attribute, such as `department`.' }),
    roles: t.stringList({ required: true, description: roles }),
  }),
})

export const UpdateRoleMappingInput = builder.inputType('UpdateRoleMappingInput', {
  description: 'What of a role mapping is to be another. What is left out stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id: `role_mapping_…`.' }),
    organizationId: t.id({ description: `${organizationId} Null: every one.` }),
    directoryId: t.id({ description: 'The one directory in which it is to hold; null: every one.' }),
    match: t.field({ type: GroupMatchKind, description: 'What it is to look at.' }),
    value: t.string({ description: value }),
    attribute: t.string({ description: 'For ATTRIBUTE_EQUALS, and only there: the attribute, such as `department`.' }),
    roles: t.stringList({ description: roles }),
  }),
})

const DeleteRoleMappingInput = builder.inputType('DeleteRoleMappingInput', {
  description: 'A role mapping to be deleted.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id: `role_mapping_…`.' }),
    confirm: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Whether you know what this takes away: without it, nothing is deleted by which an account has a role.',
    }),
  }),
})

async function theMapping({ loaders }: Context, id: string): Promise<Model> {
  const mapping = await loaders.roles.mapping.load(id)
  if (mapping === null) throw new NotFoundError('role mapping', id)
  return mapping
}

builder.mutationFields((t) => ({
  createRoleMapping: t.field({
    type: RoleMapping,
    description:
      'Makes a role mapping. Whom it matches has its roles when this has been answered, however many they are. Needs the ' +
      'scope `roles:write`.',
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'CreateRoleMappingResult', description: 'The new mapping, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateRoleMappingInput, required: true, description: 'The mapping to be made.' }) },
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'roles:write')
      return theMapping(context, await act(context, ({ roles }) => roles.createMapping(by, input)))
    },
  }),
  updateRoleMapping: t.field({
    type: RoleMapping,
    description:
      'Changes a role mapping. Whoever gains or loses a role by it has done so when this has been answered. Needs the scope ' +
      '`roles:write`.',
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'UpdateRoleMappingResult', description: 'The mapping as it is now, or why it was not changed.' },
    },
    args: { input: t.arg({ type: UpdateRoleMappingInput, required: true, description: 'What is to be another.' }) },
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'roles:write')
      await act(context, ({ roles }) => roles.updateMapping(by, input))
      return theMapping(context, input.id)
    },
  }),
  deleteRoleMapping: t.field({
    type: RoleMapping,
    description:
      'Deletes a role mapping. Who has a role by nothing else has lost it when this has been answered: that needs ' +
      '`confirm: true`. Needs the scope `roles:write`.',
    errors: {
      types: [NotFoundError, ConflictError, InUseError, ForbiddenError],
      union: { name: 'DeleteRoleMappingResult', description: 'The mapping as it was, or why it is still there.' },
    },
    args: { input: t.arg({ type: DeleteRoleMappingInput, required: true, description: 'The mapping to be deleted.' }) },
    resolve: async (_root, { input: { id, confirm } }, context) => {
      const by = administratorOf(context, 'roles:write')
      const mapping = await context.loaders.roles.mapping.load(id)
      const formerRoles = await rolesOfMapping(context, id)
      await act(context, ({ roles }) => roles.deleteMapping(by, { id, confirm }))
      if (mapping === null) throw new NotFoundError('role mapping', id)
      context.loaders.roles.mapping.prime(id, mapping) // it is told as it was
      return { ...mapping, formerRoles }
    },
  }),
}))
