import type DataLoader from 'dataloader'
import { builder } from './builder.ts'
import { ErrorInterface } from './error-types.ts'
import { InUseError } from './errors.ts'
import { RoleMapping } from './role-mapping.ts'
import { User } from './user.ts'

async function loadPresent<Value>(loader: DataLoader<string, Value | null>, ids: readonly string[]): Promise<Value[]> {
  const values = await Promise.all(ids.map((id) => loader.load(id)))
  return values.filter((value) => value !== null)
}

builder.objectType(InUseError, {
  name: 'InUseError',
  description: 'This would remove something in use: review it, then repeat the request with `confirm: true`.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    userCount: t.int({
      description: 'How many accounts would lose a role.',
      resolve: ({ use }) => use.accounts,
    }),
    users: t.field({
      type: [User],
      description: 'The first ten of them.',
      resolve: ({ use }, _args, { loaders }) => loadPresent(loaders.account, use.accountIds),
    }),
    mappingCount: t.int({
      description: 'How many mappings would grant less, or be deleted because they would grant nothing.',
      resolve: ({ use }) => use.mappings,
    }),
    mappings: t.field({
      type: [RoleMapping],
      description: 'The first ten of them.',
      resolve: ({ use }, _args, { loaders }) => loadPresent(loaders.roles.mapping, use.mappingIds),
    }),
  }),
})
