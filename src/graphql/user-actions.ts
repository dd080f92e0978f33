import { administerAccounts, idIssues, theAccount } from './administer-accounts.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError, type ValidationIssue } from './errors.ts'
import { checkReason, REASON } from './reason.ts'
import { User } from './user.ts'

const LinkUserInput = builder.inputType('LinkUserInput', {
  description: 'To which account a user of a directory is to belong: one of `userId` and `externalId`.',
  fields: (t) => ({
    directoryUserId: t.id({ required: true, description: "The user of a directory, by WorkOS's id." }),
    userId: t.id({ description: 'An account that is there: `account_…`.' }),
    externalId: t.id({
      description:
        "The application's own id of the account. Where its organization has none of this id, the present account gets it; " +
        'where that has another one, a new account does.',
    }),
    workosUserId: t.id({
      description:
        "AuthKit's user that the account is, where you know it. Only a credential that sees every organization may say it.",
    }),
  }),
})

const UnlinkUserInput = builder.inputType('UnlinkUserInput', {
  description: 'A user of a directory that does not belong to its account.',
  fields: (t) => ({
    directoryUserId: t.id({ required: true, description: "The user of a directory, by WorkOS's id." }),
  }),
})

const DisableUserInput = builder.inputType('DisableUserInput', {
  description: 'An account to be kept out.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'Its id: `account_…`.' }),
    reason: t.string({ required: true, description: REASON }),
  }),
})

const EnableUserInput = builder.inputType('EnableUserInput', {
  description: 'An account that somebody has disabled.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'Its id: `account_…`.' }),
    reason: t.string({ required: true, description: REASON }),
  }),
})

const RevokeSessionsInput = builder.inputType('RevokeSessionsInput', {
  description: 'Whose sessions are to end.',
  fields: (t) => ({ userId: t.id({ required: true, description: "The account's id: `account_…`." }) }),
})

/** Which user of AuthKit an account is decides whose sessions end, in whichever organization these are (law 8). */
export function requireEveryOrganization({ viewer }: Context): void {
  if (viewer.organizationId === null) return
  throw new ForbiddenError(null, "Only a credential that sees every organization may say which AuthKit's user is")
}

function check({ userId, externalId, workosUserId }: typeof LinkUserInput.$inferInput): void {
  const issues: ValidationIssue[] = [
    ...idIssues(['input', 'externalId'], externalId),
    ...idIssues(['input', 'workosUserId'], workosUserId),
  ]
  if ((userId == null) === (externalId == null))
    issues.push({ path: ['input'], message: 'must have one of userId and externalId' })
  if (issues.length > 0) throw new ValidationError(...issues)
}

builder.mutationFields((t) => ({
  linkUser: t.field({
    type: User,
    description:
      'Says to which account a user of a directory belongs, and gives that account. One that was made for this user and has ' +
      'nothing else goes away; what was granted to it by hand goes along. Needs the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ValidationError, ForbiddenError],
      union: { name: 'LinkUserResult', description: 'The account, or why nothing was linked.' },
    },
    args: { input: t.arg({ type: LinkUserInput, required: true, description: 'What belongs to what.' }) },
    resolve: async (_root, { input }, context) => {
      const id = await administerAccounts(context, (accounts, by) => {
        check(input)
        const { directoryUserId, userId = null, externalId = null, workosUserId = null } = input
        if (workosUserId !== null) requireEveryOrganization(context)
        return accounts.link({ directoryUserId, userId, externalId, workosUserId }, by)
      })
      return theAccount(context, id)
    },
  }),
  unlinkUser: t.field({
    type: User,
    description:
      'Gives a user of a directory an account of its own, and gives that account. The former one may be let in without it, ' +
      'unless somebody has disabled it or it had to be kept out already. Needs the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'UnlinkUserResult', description: 'The new account, or why nothing was unlinked.' },
    },
    args: { input: t.arg({ type: UnlinkUserInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input: { directoryUserId } }, context) =>
      theAccount(context, await administerAccounts(context, (accounts, by) => accounts.unlink(directoryUserId, by))),
  }),
  disableUser: t.field({
    type: User,
    description:
      'Keeps an account out whatever its directory says, until `enableUser`: its roles are hidden, its sessions end, and its ' +
      'open subscriptions are closed within a second. Needs the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ValidationError, ForbiddenError],
      union: { name: 'DisableUserResult', description: 'The account, or why it was not disabled.' },
    },
    args: { input: t.arg({ type: DisableUserInput, required: true, description: 'Which one, and why.' }) },
    resolve: async (_root, { input }, context) => {
      await administerAccounts(context, (accounts, by) => accounts.disable(input.userId, checkReason(input.reason), by))
      return theAccount(context, input.userId)
    },
  }),
  enableUser: t.field({
    type: User,
    description:
      'Leaves an account to its directory again: it is let in if one of its identities is active, or if it has none. Needs ' +
      'the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ValidationError, ForbiddenError],
      union: { name: 'EnableUserResult', description: 'The account, or why it was not enabled.' },
    },
    args: { input: t.arg({ type: EnableUserInput, required: true, description: 'Which one, and why.' }) },
    resolve: async (_root, { input }, context) => {
      await administerAccounts(context, (accounts, by) => accounts.enable(input.userId, checkReason(input.reason), by))
      return theAccount(context, input.userId)
    },
  }),
  revokeSessions: t.field({
    type: User,
    description:
      'Ends the sessions of an account: access tokens that were issued until now are refused, sockets and streams are closed ' +
      'within a second, and sessions of AuthKit end. It may sign in anew. Needs the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'RevokeSessionsResult', description: 'The account, or why nothing was revoked.' },
    },
    args: { input: t.arg({ type: RevokeSessionsInput, required: true, description: 'Whose.' }) },
    resolve: async (_root, { input: { userId } }, context) => {
      await administerAccounts(context, (accounts, by) => accounts.revokeSessions(userId, by))
      return theAccount(context, userId)
    },
  }),
}))
