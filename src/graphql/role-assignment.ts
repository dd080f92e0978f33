import { positionOfMoment } from './as-of.ts'
import { builder } from './builder.ts'
import { DirectoryGroup } from './directory-group.ts'
import { DirectoryUser } from './directory-user.ts'
import { MOST_GRANTS, type Assignment, type Grant } from './loading/read-grants.ts'
import { RoleMapping } from './role-mapping.ts'
import { Role } from './role.ts'
import { User } from './user.ts'

const GrantKind = builder.enumType('GrantKind', {
  description: 'What kind of reason there is for a role.',
  values: {
    MAPPING: { description: 'A role mapping, by a group or an attribute.' },
    DIRECT: { description: 'Somebody granted it by hand.' },
    IDP: { description: 'WorkOS itself gives it to a user of a directory.' },
  } as const,
})

export const RoleGrant = builder.objectRef<Grant>('RoleGrant').implement({
  description: 'A reason for which an account has a role. It keeps the role while one reason is left.',
  fields: (t) => ({
    kind: t.expose('kind', { type: GrantKind, description: 'What kind of reason it is.' }),
    mapping: t.field({
      type: RoleMapping,
      nullable: true,
      description: 'The mapping that grants it, where one does.',
      resolve: ({ mappingId }, _args, { loaders }) =>
        mappingId === null ? null : loaders.roles.mapping.load(mappingId),
    }),
    group: t.field({
      type: DirectoryGroup,
      nullable: true,
      description: 'The group by which it comes, where it comes by one.',
      resolve: ({ groupId }, _args, { loaders }) => (groupId === null ? null : loaders.directoryGroup.load(groupId)),
    }),
    directoryUser: t.field({
      type: DirectoryUser,
      nullable: true,
      description: 'The identity that is a member of the group, has the attribute, or was given the role by WorkOS.',
      resolve: ({ directoryUserId }, _args, { loaders }) =>
        directoryUserId === null ? null : loaders.directoryUser.load(directoryUserId),
    }),
    actor: t.exposeString('actor', {
      nullable: true,
      description: 'Who granted it by hand: the id of their API key or user.',
    }),
    grantedAt: t.expose('grantedAt', {
      type: 'DateTime',
      description: 'Since when there is this reason. Absences, in which it did not count, do not end it.',
    }),
  }),
})

export const RoleAssignment = builder.objectRef<Assignment>('RoleAssignment').implement({
  description: 'A role of an account, with every reason for it.',
  fields: (t) => ({
    user: t.field({
      type: User,
      description: 'The account.',
      resolve: async ({ accountId }, _args, { loaders }) => present(await loaders.account.load(accountId), accountId),
    }),
    role: t.field({
      type: Role,
      description: 'The role.',
      resolve: async ({ role, roleId }, _args, { loaders }) => role ?? present(await loaders.role.load(roleId), roleId),
    }),
    grants: t.field({
      type: [RoleGrant],
      description: `The reasons for it, oldest first; the first ${MOST_GRANTS} of them. Of a past moment: those that counted then.`,
      complexity: { field: 1, multiplier: 3 },
      resolve: ({ grants }) => [...grants],
    }),
    grantedAt: t.expose('grantedAt', {
      type: 'DateTime',
      description:
        'Since when there is the oldest of its reasons. Of a past moment for which none is known any more: since when the ' +
        'account had it, or, where the change log does not reach back so far, that moment.',
    }),
    effective: t.exposeBoolean('effective', {
      description:
        'Whether the account has the role now, or had it at the moment that is asked for: not while it is inactive. ' +
        '`User.roleAssignments` holds no others.',
    }),
  }),
})

// What a grant names is there and its account's viewer sees it, or something is wrong.
function present<Value>(found: Value | null, id: string): Value {
  if (found === null) throw new Error(`${id} is named by a grant, and is not there`)
  return found
}

builder.objectFields(User, (t) => ({
  roles: t.field({
    type: [Role],
    description: 'The roles that it has now, by slug: none while it is inactive.',
    complexity: { field: 1, multiplier: 3 },
    resolve: async ({ id }, _args, { loaders }) => [...(await loaders.roles.held.load(id))],
  }),
  roleAssignments: t.field({
    type: [RoleAssignment],
    description: 'The roles that it has now, or had at a moment, by slug, and why.',
    args: {
      asOf: t.arg({
        type: 'DateTime',
        description:
          'As of this moment, by when changes were recorded here: as far back as the change log is kept. Accounts, groups, ' +
          'identities and mappings that are named are as they are now, or null where they are not there any more.',
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
