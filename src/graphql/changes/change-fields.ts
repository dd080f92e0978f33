import type { StoredChange } from '../../changes/read.ts'
import type { Json } from '../../directory/objects.ts'
import type { builder } from '../builder.ts'
import { DirectoryGroup } from '../directory-group.ts'
import { DirectoryUser } from '../directory-user.ts'
import { askedOfOne } from '../lists/asked-of-one.ts'
import { Role } from '../role.ts'
import { User } from '../user.ts'

export type ChangeFieldBuilder = PothosSchemaTypes.ObjectFieldBuilder<typeof builder.$inferSchemaTypes, StoredChange>
type T = ChangeFieldBuilder

// Each type takes only the fields of what all its kinds name: these ids are null in changes of other types.

export const userFields = (t: T, description = 'The account as it is now.') => ({
  userId: t.id({ description: "The account's id.", resolve: ({ accountId }) => accountId! }),
  user: t.field({
    type: User,
    nullable: true,
    description,
    resolve: ({ accountId }, _args, { loaders }, info) => loaders.asked('account', askedOfOne(info)).load(accountId!),
  }),
})

export const roleFields = (t: T) => ({
  roleId: t.id({ description: "The role's id, also after it was deleted.", resolve: ({ roleId }) => roleId! }),
  role: t.field({
    type: Role,
    nullable: true,
    description: 'The role as it is now; null once it was deleted.',
    resolve: ({ roleId }, _args, { loaders }) => loaders.role.load(roleId!),
  }),
})

export const directoryUserId = (t: T, description: string) =>
  t.id({ description, resolve: (change) => change.directoryUserId! })

export const directoryUser = (t: T, description: string) =>
  t.field({
    type: DirectoryUser,
    nullable: true,
    description,
    resolve: ({ directoryUserId: id }, _args, { loaders }, info) =>
      id === null ? null : loaders.asked('directoryUser', askedOfOne(info)).load(id),
  })

export const directoryGroupFields = (t: T, ofId: string, ofGroup: string) => ({
  directoryGroupId: t.id({ description: ofId, resolve: ({ directoryGroupId }) => directoryGroupId! }),
  directoryGroup: t.field({
    type: DirectoryGroup,
    nullable: true,
    description: ofGroup,
    resolve: ({ directoryGroupId: groupId }, _args, { loaders }) => loaders.directoryGroup.load(groupId!),
  }),
})

const CHANGED_FIELDS = 'The changed fields, by schema name; empty if the kind says it all.'

export const changedFields = (t: T, description = CHANGED_FIELDS) =>
  t.exposeStringList('changedFields', { description })

export const previous = (t: T, description = 'The previous values of the changed fields, by name.') =>
  t.field({ type: 'JSON', nullable: true, description, resolve: (change) => change.previous as Json })

export const reason = (t: T, description: string) =>
  t.string({
    nullable: true,
    description,
    resolve: ({ detail }) => (typeof detail?.reason === 'string' ? detail.reason : null),
  })
