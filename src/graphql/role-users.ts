import type { Account as Model } from '../generated/prisma/client.ts'
import { accountColumns, columnsForAccounts } from './account-columns.ts'
import { GRANTS_OF_ROLE } from './account-lists.ts'
import { builder } from './builder.ts'
import { listOfEach } from './lists/list-of-each.ts'
import { equal, type Condition, type Listing, type Order } from './lists/listing.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'
import { Role } from './role.ts'
import { UserConnection } from './user.ts'

const KEY = ['kind', 'mapping_id', 'group_id', 'directory_user_id']
const keyOf = (grant: string) => `(${KEY.map((column) => `${grant}.${column}`).join(', ')})`

// An account may have several reasons for a role and is listed by the first one: PostgreSQL can then walk an index in
// either direction and stop early, which it cannot under a "distinct".
const HOLDERS: Listing = {
  from: 'role_grant g join account x on x.id = g.account_id',
  columns: accountColumns,
  columnsFor: columnsForAccounts,
  parent: 'g.role_id',
  indexes: [
    ['g.organization_id', 'g.role_id', 'g.account_id'],
    ['g.role_id', 'g.account_id'],
  ],
  // Looked up for each: joined with all others, they would be read from the first account on.
  always: `g.visible and (
    select true from role_grant o
    where o.role_id = g.role_id and o.account_id = g.account_id and o.visible and ${keyOf('o')} < ${keyOf('g')}
    limit 1) is null`,
}
// As it always is; but what a viewer may see of an account is decided by its own organization.
const OF_ITS_ACCOUNT: Condition = { sql: 'x.organization_id = g.organization_id', most: true }
const BY_ID: Order = { name: 'ID', column: 'g.account_id', type: 'text', descending: false, unique: true }

builder.objectField(Role, 'users', (t) =>
  t.field({
    type: UserConnection,
    description: 'The accounts you can see that have it now, by id.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: listOfEach<Model>((args, context, info) => {
      const { organizationId } = context.viewer
      const own = organizationId === null ? [] : [equal('g.organization_id', 'text', organizationId)]
      const conditions = organizationId === null ? [] : [...own, OF_ITS_ACCOUNT]
      const counted = { listing: GRANTS_OF_ROLE, conditions: own }
      return { listing: HOLDERS, info, conditions, order: BY_ID, args, counted }
    }),
  }),
)
