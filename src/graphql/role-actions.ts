import type { Role as Model } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { administratorOf } from './administrator.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, InUseError, NotFoundError, ValidationError } from './errors.ts'
import { Role } from './role.ts'

const slug =
  "The application's own name for it: 1 to 100 of the characters a-z, 0-9, - _ . and :. Users to whom WorkOS " +
  'assigns a role with this slug have it.'

const CreateRoleInput = builder.inputType('CreateRoleInput', {
  description: 'The role to create.',
  fields: (t) => ({
    slug: t.string({ required: true, description: slug }),
    name: t.string({ required: true, description: 'Its display name: 1 to 100 characters.' }),
    description: t.string({ description: 'What it is for: at most 1,000 characters.' }),
    organizationId: t.id({
      description: 'The one organization that has it; if omitted, your own, or all organizations if you can see all.',
    }),
    protected: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Whether a plan must report that its last holder in an organization would lose it.',
    }),
  }),
})

const UpdateRoleInput = builder.inputType('UpdateRoleInput', {
  description: 'Changes to a role. Omitted fields keep their value.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id: `role_…`.' }),
    slug: t.string({ description: slug }),
    name: t.string({ description: 'Its display name: 1 to 100 characters.' }),
    description: t.string({ description: 'What it is for; null clears it.' }),
    protected: t.boolean({ description: 'Whether a plan must report that its last holder would lose it.' }),
  }),
})

const DeleteRoleInput = builder.inputType('DeleteRoleInput', {
  description: 'The role to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id: `role_…`.' }),
    confirm: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Confirms that roles may be lost; required if the object is in use.',
    }),
  }),
})

async function theRole({ loaders }: Context, id: string): Promise<Model> {
  const role = await loaders.role.load(id)
  if (role === null) throw new NotFoundError('role', id)
  return role
}

builder.mutationFields((t) => ({
  createRole: t.field({
    type: Role,
    description: 'Creates a role. Needs the scope `roles:write`.',
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'CreateRoleResult', description: 'The new role, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateRoleInput, required: true, description: 'The role to create.' }) },
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'roles:write')
      const { description = null, organizationId = null } = input
      const role = { ...input, description, organizationId }
      return theRole(context, await act(context, ({ roles }) => roles.createRole(by, role)))
    },
  }),
  updateRole: t.field({
    type: Role,
    description: 'Changes a role. Needs the scope `roles:write`.',
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'UpdateRoleResult', description: 'The role as it is now, or why it was not changed.' },
    },
    args: { input: t.arg({ type: UpdateRoleInput, required: true, description: 'The changes.' }) },
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'roles:write')
      const { id, description } = input
      const update = {
        id,
        slug: input.slug ?? undefined,
        name: input.name ?? undefined,
        description,
        protected: input.protected ?? undefined,
      }
      await act(context, ({ roles }) => roles.updateRole(by, update))
      return theRole(context, id)
    },
  }),
  deleteRole: t.field({
    type: Role,
    description:
      'Deletes a role: by the time of the response no account has it, and mappings that granted nothing else are ' +
      'deleted with it. A role in use needs `confirm: true`. Needs the scope `roles:write`.',
    errors: {
      types: [NotFoundError, ConflictError, InUseError, ForbiddenError],
      union: { name: 'DeleteRoleResult', description: 'The former role, or why it was not deleted.' },
    },
    args: { input: t.arg({ type: DeleteRoleInput, required: true, description: 'The role to delete.' }) },
    resolve: async (_root, { input: { id, confirm } }, context) => {
      const by = administratorOf(context, 'roles:write')
      const role = await context.loaders.role.load(id)
      await act(context, ({ roles }) => roles.deleteRole(by, { id, confirm }))
      if (role === null) throw new NotFoundError('role', id)
      context.loaders.role.prime(id, role) // returned as it was before
      return role
    },
  }),
}))
