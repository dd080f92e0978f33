import type { RoleMapping as Model } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { administratorOf } from './administrator.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, InUseError, NotFoundError, ValidationError } from './errors.ts'
import { GroupMatchKind, RoleMapping, rolesOfMapping } from './role-mapping.ts'

const organizationId =
  'The one organization it applies to; if omitted, your own, or all organizations if you can see all. A mapping ' +
  'for a directory or group belongs to its organization.'
const value =
  "What it matches, in 1 to 500 characters: a group's id, a name, a prefix, an RE2 pattern, or an attribute's value."
const roles = 'The roles it grants, 1 to 50, by slug or id.'

export const CreateRoleMappingInput = builder.inputType('CreateRoleMappingInput', {
  description: 'The role mapping to create.',
  fields: (t) => ({
    organizationId: t.id({ description: organizationId }),
    directoryId: t.id({ description: 'The one directory it applies to; all if omitted.' }),
    match: t.field({ type: GroupMatchKind, required: true, description: 'What it matches against.' }),
    value: t.string({ required: true, description: value }),
    attribute: t.string({ description: 'The attribute, such as `department`, for ATTRIBUTE_EQUALS only.' }),
    roles: t.stringList({ required: true, description: roles }),
  }),
})

export const UpdateRoleMappingInput = builder.inputType('UpdateRoleMappingInput', {
  description: 'Changes to a role mapping. Omitted fields keep their value.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id: `role_mapping_…`.' }),
    organizationId: t.id({ description: `${organizationId} Null: all.` }),
    directoryId: t.id({ description: 'The one directory it applies to; null: all.' }),
    match: t.field({ type: GroupMatchKind, description: 'What it matches against.' }),
    value: t.string({ description: value }),
    attribute: t.string({ description: 'The attribute, such as `department`, for ATTRIBUTE_EQUALS only.' }),
    roles: t.stringList({ description: roles }),
  }),
})

const DeleteRoleMappingInput = builder.inputType('DeleteRoleMappingInput', {
  description: 'The role mapping to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id: `role_mapping_…`.' }),
    confirm: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Confirms that roles may be lost; required if the object is in use.',
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
      'Creates a role mapping. By the time of the response, every matching account has its roles. Needs the scope ' +
      '`roles:write`.',
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'CreateRoleMappingResult', description: 'The new mapping, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateRoleMappingInput, required: true, description: 'The mapping to create.' }) },
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'roles:write')
      return theMapping(context, await act(context, ({ roles }) => roles.createMapping(by, input)))
    },
  }),
  updateRoleMapping: t.field({
    type: RoleMapping,
    description:
      'Changes a role mapping. By the time of the response, all accounts have gained or lost roles accordingly. ' +
      'Needs the scope `roles:write`.',
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'UpdateRoleMappingResult', description: 'The mapping as it is now, or why it was not changed.' },
    },
    args: { input: t.arg({ type: UpdateRoleMappingInput, required: true, description: 'The changes.' }) },
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'roles:write')
      await act(context, ({ roles }) => roles.updateMapping(by, input))
      return theMapping(context, input.id)
    },
  }),
  deleteRoleMapping: t.field({
    type: RoleMapping,
    description:
      'Deletes a role mapping. By the time of the response, accounts without another reason have lost its roles; ' +
      'if there are any, `confirm: true` is required. Needs the scope `roles:write`.',
    errors: {
      types: [NotFoundError, ConflictError, InUseError, ForbiddenError],
      union: { name: 'DeleteRoleMappingResult', description: 'The former mapping, or why it was not deleted.' },
    },
    args: { input: t.arg({ type: DeleteRoleMappingInput, required: true, description: 'The mapping to delete.' }) },
    resolve: async (_root, { input: { id, confirm } }, context) => {
      const by = administratorOf(context, 'roles:write')
      const mapping = await context.loaders.roles.mapping.load(id)
      const formerRoles = await rolesOfMapping(context, id)
      await act(context, ({ roles }) => roles.deleteMapping(by, { id, confirm }))
      if (mapping === null) throw new NotFoundError('role mapping', id)
      context.loaders.roles.mapping.prime(id, mapping) // returned as it was before
      return { ...mapping, formerRoles }
    },
  }),
}))
