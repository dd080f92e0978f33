import { act } from './act.ts'
import { theAccount } from './administer-accounts.ts'
import { administratorOf } from './administrator.ts'
import { builder } from './builder.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { readGrants } from './loading/read-grants.ts'
import { checkOptionalReason, OPTIONAL_REASON } from './reason.ts'
import { RoleAssignment } from './role-assignment.ts'
import { ROLE_OF_ACCOUNT } from './role.ts'
import { User } from './user.ts'

const GrantRoleInput = builder.inputType('GrantRoleInput', {
  description: 'The role to grant by hand.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'The account: `account_…`.' }),
    role: t.string({ required: true, description: ROLE_OF_ACCOUNT }),
    reason: t.string({ description: OPTIONAL_REASON }),
  }),
})

const RevokeRoleInput = builder.inputType('RevokeRoleInput', {
  description: 'The role granted by hand to revoke.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'The account: `account_…`.' }),
    role: t.string({ required: true, description: ROLE_OF_ACCOUNT }),
    reason: t.string({ description: OPTIONAL_REASON }),
  }),
})

interface Input {
  readonly userId: string
  readonly role: string
  readonly reason?: string | null | undefined
}

function grantOf({ userId, role: name, reason }: Input) {
  return { accountId: userId, role: name, reason: checkOptionalReason(reason) }
}

builder.mutationFields((t) => ({
  grantRole: t.field({
    type: RoleAssignment,
    description:
      'Grants a role to an account by hand, in addition to what its groups grant; for an inactive account, it ' +
      'counts once the account is active. Needs the scope `roles:write`.',
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'GrantRoleResult', description: 'The role with its reasons, or why it was not granted.' },
    },
    args: { input: t.arg({ type: GrantRoleInput, required: true, description: 'What to grant, and to whom.' }) },
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'roles:write')
      const grant = grantOf(input)
      const { accountId, roleId } = await act(context, ({ roles }) => roles.grantRole(by, grant))
      const assignments = await readGrants(context.db.pool, [accountId], true)
      return assignments.find((assignment) => assignment.roleId === roleId)!
    },
  }),
  revokeRole: t.field({
    type: User,
    description:
      'Revokes a role granted by hand. The account keeps it while there is another reason: check its `roles`. ' +
      'Needs the scope `roles:write`.',
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'RevokeRoleResult', description: 'The account, or why nothing was revoked.' },
    },
    args: { input: t.arg({ type: RevokeRoleInput, required: true, description: 'What to revoke, and from whom.' }) },
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'roles:write')
      const grant = grantOf(input)
      const { accountId } = await act(context, ({ roles }) => roles.revokeRole(by, grant))
      return theAccount(context, accountId)
    },
  }),
}))
