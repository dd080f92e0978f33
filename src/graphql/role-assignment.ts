import { positionOfMoment } from './as-of.ts'
import { builder } from './builder.ts'
import { askedOfOne } from './lists/asked-of-one.ts'
import { DirectoryGroup } from './directory-group.ts'
import { DirectoryUser } from './directory-user.ts'
import { MAX_GRANTS, type Assignment, type Grant } from './loading/read-grants.ts'
import { RoleMapping } from './role-mapping.ts'
import { Role } from './role.ts'
import { User } from './user.ts'

const GrantKind = builder.enumType('GrantKind', {
  description: 'The kind of a reason for a role.',
  values: {
    MAPPING: { description: 'A role mapping, by a group or an attribute.' },
    DIRECT: { description: 'It was granted by hand.' },
    IDP: { description: 'WorkOS itself assigns it to a directory user.' },
  } as const,
})

export const RoleGrant = builder.objectRef<Grant>('RoleGrant').implement({
  description: 'A reason why an account has a role. The account keeps the role while any reason remains.',
  fields: (t) => ({
    kind: t.expose('kind', { type: GrantKind, description: 'What kind of reason it is.' }),
    mapping: t.field({
      type: RoleMapping,
      nullable: true,
      description: 'The mapping that grants it, if any.',
      resolve: ({ mappingId }, _args, { loaders }) =>
        mappingId === null ? null : loaders.roles.mapping.load(mappingId),
    }),
    group: t.field({
      type: DirectoryGroup,
      nullable: true,
      description: 'The group that it is granted through, if any.',
      resolve: ({ groupId }, _args, { loaders }) => (groupId === null ? null : loaders.directoryGroup.load(groupId)),
    }),
    directoryUser: t.field({
      type: DirectoryUser,
      nullable: true,
      description: 'The identity that is a member of the group, has the attribute, or was assigned the role by WorkOS.',
      resolve: ({ directoryUserId }, _args, { loaders }, info) =>
        directoryUserId === null ? null : loaders.asked('directoryUser', askedOfOne(info)).load(directoryUserId),
    }),
    actor: t.exposeString('actor', {
      nullable: true,
      description: 'Who granted it by hand: the id of their API key or user.',
    }),
    grantedAt: t.expose('grantedAt', {
      type: 'DateTime',
      description: 'When this reason began. Periods in which it did not count do not end it.',
    }),
  }),
})

export const RoleAssignment = builder.objectRef<Assignment>('RoleAssignment').implement({
  description: 'A role of an account, with every reason for it.',
  fields: (t) => ({
    user: t.field({
      type: User,
      description: 'The account.',
      resolve: async ({ accountId }, _args, { loaders }, info) =>
        present(await loaders.asked('account', askedOfOne(info)).load(accountId), accountId),
    }),
    role: t.field({
      type: Role,
      description: 'The role.',
      resolve: async ({ role, roleId }, _args, { loaders }) => role ?? present(await loaders.role.load(roleId), roleId),
    }),
    grants: t.field({
      type: [RoleGrant],
      description:
        `The reasons for it, oldest first, at most ${MAX_GRANTS}. With \`asOf\`, those that counted at ` +
        'that moment.',
      complexity: { field: 1, multiplier: 3 },
      resolve: ({ grants }) => [...grants],
    }),
    grantedAt: t.expose('grantedAt', {
      type: 'DateTime',
      description:
        'When the oldest of its reasons began. With `asOf`, if no reason is known any more: when the account ' +
        'gained it, or the given moment if the change log does not reach back that far.',
    }),
    effective: t.exposeBoolean('effective', {
      description:
        'Whether the account has the role now, or had it at the given moment; false while it is inactive. ' +
        '`User.roleAssignments` contains only effective ones.',
    }),
  }),
})

// What a grant references exists and is visible to the account's viewer, or something is wrong.
function present<Value>(found: Value | null, id: string): Value {
  if (found === null) throw new Error(`${id} is referenced by a grant but does not exist`)
  return found
}

builder.objectFields(User, (t) => ({
  roles: t.field({
    type: [Role],
    description: 'The roles it has now, by slug; empty while it is inactive.',
    complexity: { field: 1, multiplier: 3 },
    resolve: async ({ id }, _args, { loaders }) => [...(await loaders.roles.held.load(id))],
  }),
  roleAssignments: t.field({
    type: [RoleAssignment],
    description: 'The roles it has now, or had at a moment, by slug, with the reasons.',
    args: {
      asOf: t.arg({
        type: 'DateTime',
        description:
          'State as of this moment, by recording time, as far back as the change log is kept. Referenced accounts, ' +
          'groups, identities and mappings are shown in their current state, or null if they no longer exist.',
      }),
    },
    complexity: { field: 1, multiplier: 3 },
    resolve: async ({ id }, { asOf }, context) => {
      const { roles } = context.loaders
      if (asOf == null) return [...(await roles.assignments.load(id))]
      const position = await positionOfMoment(context, asOf)
      return [...(await roles.assignmentsAsOf({ position, asOf }).load(id))]
    },
  }),
}))
