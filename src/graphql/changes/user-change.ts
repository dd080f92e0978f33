import type { StoredChange } from '../../changes/read.ts'
import { builder } from '../builder.ts'
import { RoleAssignmentChangeKind, UserChangeKind } from './change-kinds.ts'
import { Change } from './change-type.ts'
import { DirectoryUser } from '../directory-user.ts'
import { askedOfOne } from '../lists/asked-of-one.ts'
import { ownKind } from './own-kinds.ts'
import { Role } from '../role.ts'
import { previousField } from './previous-field.ts'
import { User } from '../user.ts'

builder.objectRef<StoredChange>('UserChange').implement({
  description: 'An account was created, linked or changed, or its access must be denied.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: UserChangeKind,
      description: 'What happened.',
      resolve: ownKind('UserChange'),
    }),
    userId: t.id({ description: "The account's id.", resolve: ({ accountId }) => accountId! }),
    user: t.field({
      type: User,
      nullable: true,
      description: "The account's current state, which may be later than this change.",
      resolve: ({ accountId }, _args, { loaders }, info) => loaders.asked('account', askedOfOne(info)).load(accountId!),
    }),
    directoryUser: t.field({
      type: DirectoryUser,
      nullable: true,
      description: 'The identity that caused it, if any.',
      resolve: ({ directoryUserId }, _args, { loaders }, info) =>
        directoryUserId === null ? null : loaders.asked('directoryUser', askedOfOne(info)).load(directoryUserId),
    }),
    reason: t.string({
      nullable: true,
      description: 'Why it was disabled or enabled.',
      resolve: ({ detail }) => (typeof detail?.reason === 'string' ? detail.reason : null),
    }),
    candidates: t.field({
      type: [User],
      description:
        'Accounts that share the address of a new directory user. None was linked because there are several; use ' +
        '`linkUser` to choose one.',
      complexity: { field: 1, multiplier: 3 },
      resolve: async ({ detail }, _args, { loaders }) => {
        const ids = Array.isArray(detail?.candidates) ? detail.candidates : []
        const accounts = await Promise.all(ids.map((id) => loaders.account.load(id as string)))
        return accounts.filter((account) => account !== null)
      },
    }),
    changedFields: t.exposeStringList('changedFields', {
      description: 'The changed fields, by schema name; empty if the kind says it all.',
    }),
    previous: t.field(previousField()),
  }),
})

builder.objectRef<StoredChange>('RoleAssignmentChange').implement({
  description: 'An account gained or lost a role.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: RoleAssignmentChangeKind,
      description: 'What happened.',
      resolve: ownKind('RoleAssignmentChange'),
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
  }),
})
