import type { Explanation, Missing } from '../operations/explanation.ts'
import { builder } from './builder.ts'
import { askedOfOne } from './lists/asked-of-one.ts'
import { DirectoryGroup } from './directory-group.ts'
import { DirectoryUser } from './directory-user.ts'
import { RoleGrant } from './role-assignment.ts'
import { RoleMapping } from './role-mapping.ts'
import { Role, ROLE_OF_ACCOUNT } from './role.ts'
import { User } from './user.ts'

const MissingKind = builder.enumType('MissingReasonKind', {
  description: 'What is missing for a role.',
  values: {
    ACCOUNT_INACTIVE: { description: 'No reason counts until the account is active.' },
    IDENTITY_INACTIVE: { description: 'There is a reason, which counts once its identity is active.' },
    BEING_APPLIED: {
      description: 'A change of mappings or groups has not been applied to the account yet: query again.',
    },
    NO_MAPPING: { description: "No mapping grants the role in the account's organization." },
    NO_IDENTITY: { description: 'The account has no identity in a directory, hence no groups or attributes.' },
    OUT_OF_SCOPE: { description: 'The mapping applies to a directory in which the account has no identity.' },
    NO_GROUP_MATCHES: { description: "The mapping matches no group of the account's directories." },
    GROUP_DELETED: {
      description: 'The account is a member of a group that the mapping matches, but the group was deleted.',
    },
    NOT_A_MEMBER: { description: 'The account is not a member of a group that the mapping matches.' },
    ATTRIBUTE_DIFFERS: { description: 'The attribute that the mapping compares has a different value, or none.' },
  } as const,
})

const MissingReason = builder.objectRef<Missing>('MissingReason').implement({
  description: 'A condition that an account does not meet for a role.',
  fields: (t) => ({
    kind: t.expose('kind', { type: MissingKind, description: 'What it is.' }),
    message: t.exposeString('message', { description: 'The same as a sentence.' }),
    mapping: t.field({
      type: RoleMapping,
      nullable: true,
      description: 'The mapping that would grant the role.',
      resolve: ({ mappingId }, _args, { loaders }) =>
        mappingId === null ? null : loaders.roles.mapping.load(mappingId),
    }),
    group: t.field({
      type: DirectoryGroup,
      nullable: true,
      description: 'The group whose members the mapping would grant it to.',
      resolve: ({ groupId }, _args, { loaders }) => (groupId === null ? null : loaders.directoryGroup.load(groupId)),
    }),
    directoryUser: t.field({
      type: DirectoryUser,
      nullable: true,
      description: 'The identity concerned.',
      resolve: ({ directoryUserId }, _args, { loaders }, info) =>
        directoryUserId === null ? null : loaders.asked('directoryUser', askedOfOne(info)).load(directoryUserId),
    }),
  }),
})

const AccessExplanation = builder.objectRef<Explanation>('AccessExplanation').implement({
  description: 'Why an account has a role, or why not.',
  fields: (t) => ({
    user: t.field({
      type: User,
      nullable: true,
      description: 'The account.',
      resolve: ({ accountId }, _args, { loaders }) => loaders.account.load(accountId),
    }),
    role: t.field({
      type: Role,
      nullable: true,
      description: 'The role.',
      resolve: ({ roleId }, _args, { loaders }) => loaders.role.load(roleId),
    }),
    granted: t.exposeBoolean('granted', { description: 'Whether the account has the role now.' }),
    grants: t.field({
      type: [RoleGrant],
      description: 'Why the account has the role.',
      complexity: { field: 1, multiplier: 3 },
      resolve: async ({ accountId, roleId }, _args, { loaders }) => {
        const assignments = await loaders.roles.assignments.load(accountId)
        return [...(assignments.find((assignment) => assignment.roleId === roleId)?.grants ?? [])]
      },
    }),
    missing: t.field({
      type: [MissingReason],
      description:
        'If the role is not held, what is missing (at most 100). An inactive account must become active first; ' +
        'otherwise any one entry suffices.',
      complexity: { field: 1, multiplier: 10 },
      resolve: ({ missing }) => [...missing],
    }),
    hasMore: t.exposeBoolean('hasMore', { description: 'Whether more missing conditions exist than are listed.' }),
  }),
})

builder.queryField('explainAccess', (t) =>
  t.field({
    type: AccessExplanation,
    nullable: true,
    description: 'Why an account has a role, or why not; null if there is no such account or role you can see.',
    args: {
      userId: t.arg.id({ required: true, description: 'The account: `account_…`.' }),
      roleSlug: t.arg.string({ required: true, description: ROLE_OF_ACCOUNT }),
    },
    resolve: async (_root, { userId, roleSlug }, { loaders, operations }) =>
      (await loaders.account.load(userId)) === null ? null : operations().roles.explain(userId, roleSlug),
  }),
)
