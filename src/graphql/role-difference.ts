import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import type { Context } from './context.ts'
import type { Condition, Listing, Order } from './lists/listing.ts'
import { ownRows } from './own-rows.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'
import { RoleMappingPlan } from './role-plan.ts'
import { Role } from './role.ts'
import { User } from './user.ts'

interface Difference {
  /** The account's id. */
  readonly id: string
  readonly granted: readonly string[]
  readonly revoked: readonly string[]
  readonly losesLast: boolean
  readonly lastHolderOf: readonly string[]
}

async function rolesOf({ loaders }: Context, ids: readonly string[]) {
  const roles = await Promise.all(ids.map((id) => loaders.role.load(id)))
  return roles.filter((role) => role !== null)
}

const roles = { field: 1, multiplier: 3 }

const RoleDifference = builder.objectRef<Difference>('RoleDifference').implement({
  description: 'What a plan would change for one account.',
  fields: (t) => ({
    user: t.field({
      type: User,
      description: 'The account.',
      resolve: async ({ id }, _args, { loaders }) => {
        const account = await loaders.account.load(id)
        if (account === null) throw new Error(`${id} is referenced by a plan but does not exist`)
        return account
      },
    }),
    granted: t.field({
      type: [Role],
      description: 'The roles it would gain.',
      complexity: roles,
      resolve: ({ granted }, _args, context) => rolesOf(context, granted),
    }),
    revoked: t.field({
      type: [Role],
      description: 'The roles it would lose.',
      complexity: roles,
      resolve: ({ revoked }, _args, context) => rolesOf(context, revoked),
    }),
    losesLastRole: t.exposeBoolean('losesLast', { description: 'Whether it would have no role left.' }),
    lastHolderOf: t.field({
      type: [Role],
      description: 'The protected roles it would lose as the last holder in its organization.',
      complexity: roles,
      resolve: ({ lastHolderOf }, _args, context) => rolesOf(context, lastHolderOf),
    }),
  }),
})

const RoleDifferenceConnection = connectionType('RoleDifference', RoleDifference)

const RoleDifferenceFilter = builder.inputType('RoleDifferenceFilter', {
  description: 'Filters differences. Omitted fields do not restrict.',
  fields: (t) => ({
    losesLastRole: t.boolean({ description: 'True: accounts that would have no role left; false: the others.' }),
    lastHolder: t.boolean({
      description: 'True: accounts that are the last holders of a protected role; false: the others.',
    }),
  }),
})

const OF_PLAN: Listing = {
  from: 'role_mapping_plan_difference d join account x on x.id = d.account_id',
  columns: 'x.id, d.granted, d.revoked, d.loses_last as "losesLast", d.last_holder_of as "lastHolderOf"',
  parent: 'd.plan_id',
}
const BY_ACCOUNT: Order = { name: 'ID', column: 'd.account_id', type: 'text', descending: false, unique: true }

function conditionsOf(filter: typeof RoleDifferenceFilter.$inferInput | null | undefined): Condition[] {
  const conditions: Condition[] = []
  if (filter?.losesLastRole != null) conditions.push({ sql: 'd.loses_last = ?::boolean', value: filter.losesLastRole })
  if (filter?.lastHolder != null)
    conditions.push({ sql: `(d.last_holder_of <> '{}') = ?::boolean`, value: filter.lastHolder })
  return conditions
}

builder.objectField(RoleMappingPlan, 'differences', (t) =>
  t.field({
    type: RoleDifferenceConnection,
    description: 'The accounts whose roles would change, by id.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: RoleDifferenceFilter, description: 'Filters the result.' }),
    },
    complexity: pageCost,
    resolve: ({ id }, { filter, ...args }, context) => {
      const conditions = [...conditionsOf(filter), ...ownRows(context.viewer)]
      return readConnection<Difference>(context, {
        listing: OF_PLAN,
        conditions,
        order: BY_ACCOUNT,
        parentId: id,
        args,
      })
    },
  }),
)
