import type { StoredChange } from '../../changes/read.ts'
import type { Json } from '../../directory/objects.ts'
import { builder } from '../builder.ts'
import { RoleAssignmentChangeKind, UserChangeKind } from './change-kinds.ts'
import { Change } from './change-type.ts'
import { DirectoryUser } from '../directory-user.ts'
import { ownKind } from './own-kinds.ts'
import { Role } from '../role.ts'
import { User } from '../user.ts'

builder.objectRef<StoredChange>('UserChange').implement({
  description: 'An account was made, linked or changed, or must not be let in any more.',
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
      description: 'The account as it is now, which may be later than this change.',
      resolve: ({ accountId }, _args, { loaders }) => loaders.account.load(accountId!),
    }),
    directoryUser: t.field({
      type: DirectoryUser,
      nullable: true,
      description: 'The identity that brought it, where one did.',
      resolve: ({ userId }, _args, { loaders }) => (userId === null ? null : loaders.directoryUser.load(userId)),
    }),
    reason: t.string({
      nullable: true,
      description: 'Why somebody disabled or enabled it.',
      resolve: ({ detail }) => (typeof detail?.reason === 'string' ? detail.reason : null),
    }),
    candidates: t.field({
      type: [User],
      description:
        'Accounts that have the address of a new user of a directory. They are several: none was taken, and `linkUser` says ' +
        'which it is.',
      complexity: { field: 1, multiplier: 3 },
      resolve: async ({ detail }, _args, { loaders }) => {
        const ids = Array.isArray(detail?.candidates) ? detail.candidates : []
        const accounts = await Promise.all(ids.map((id) => loaders.account.load(id as string)))
        return accounts.filter((account) => account !== null)
      },
    }),
    changedFields: t.exposeStringList('changedFields', {
      description: 'What changed, in the names of the schema; empty where the kind says it all.',
    }),
    previous: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the changed fields were before, by name.',
      resolve: (change) => change.previous as Json,
    }),
  }),
})

builder.objectRef<StoredChange>('RoleAssignmentChange').implement({
  description: 'An account gained a role, or has it no more.',
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
      resolve: ({ accountId }, _args, { loaders }) => loaders.account.load(accountId!),
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
