import type { Issue } from '../operations/refusal.ts'
import { administerAccounts, idIssues, theAccount } from './administer-accounts.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { checkReason, REASON } from './reason.ts'
import { User } from './user.ts'

const LinkUserInput = builder.inputType('LinkUserInput', {
  description: 'The account to link a directory user to: exactly one of `userId` and `externalId`.',
  fields: (t) => ({
    directoryUserId: t.id({ required: true, description: "The directory user, by WorkOS's id." }),
    userId: t.id({ description: 'An existing account: `account_…`.' }),
    externalId: t.id({
      description:
        "The application's own id of the account. If the organization has no account with this id, the user's " +
        'current account gets it; if that already has a different one, a new account is created.',
    }),
    workosUserId: t.id({
      description:
        'The AuthKit user of the account, if known. Only a credential that sees every organization may set it.',
    }),
  }),
})

const UnlinkUserInput = builder.inputType('UnlinkUserInput', {
  description: 'The directory user to unlink from its account.',
  fields: (t) => ({
    directoryUserId: t.id({ required: true, description: "The directory user, by WorkOS's id." }),
  }),
})

const DisableUserInput = builder.inputType('DisableUserInput', {
  description: 'The account to disable.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'Its id: `account_…`.' }),
    reason: t.string({ required: true, description: REASON }),
  }),
})

const EnableUserInput = builder.inputType('EnableUserInput', {
  description: 'The account to enable.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'Its id: `account_…`.' }),
    reason: t.string({ required: true, description: REASON }),
  }),
})

const RevokeSessionsInput = builder.inputType('RevokeSessionsInput', {
  description: 'Whose sessions to revoke.',
  fields: (t) => ({ userId: t.id({ required: true, description: "The account's id: `account_…`." }) }),
})

/**
 * An account's AuthKit user determines whose sessions end, in every organization (law 8). Throws ForbiddenError for
 * organization-bound viewers.
 */
export function requireEveryOrganization({ viewer }: Context): void {
  if (viewer.organizationId === null) return
  throw new ForbiddenError(null, 'Only a credential that sees every organization may set the AuthKit user')
}

function check({ userId, externalId, workosUserId }: typeof LinkUserInput.$inferInput): void {
  const issues: Issue[] = [
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
      'Links a directory user to an account and returns that account. An account that was created for this user ' +
      'and has no other identity is deleted; roles granted to it by hand move along. Needs the scope ' +
      '`accounts:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ValidationError, ForbiddenError],
      union: { name: 'LinkUserResult', description: 'The account, or why nothing was linked.' },
    },
    args: { input: t.arg({ type: LinkUserInput, required: true, description: 'The user and the account.' }) },
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
      'Gives a directory user its own account and returns that account. The former account remains active without ' +
      'it, unless it is disabled or its access was already denied. Needs the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'UnlinkUserResult', description: 'The new account, or why nothing was unlinked.' },
    },
    args: { input: t.arg({ type: UnlinkUserInput, required: true, description: 'Which directory user.' }) },
    resolve: async (_root, { input: { directoryUserId } }, context) =>
      theAccount(context, await administerAccounts(context, (accounts, by) => accounts.unlink(directoryUserId, by))),
  }),
  disableUser: t.field({
    type: User,
    description:
      'Denies access to an account regardless of its directory, until `enableUser`: its roles are hidden, its ' +
      'sessions end, and its open subscriptions are closed within a second. Needs the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ValidationError, ForbiddenError],
      union: { name: 'DisableUserResult', description: 'The account, or why it was not disabled.' },
    },
    args: { input: t.arg({ type: DisableUserInput, required: true, description: 'Which account, and why.' }) },
    resolve: async (_root, { input }, context) => {
      await administerAccounts(context, (accounts, by) => accounts.disable(input.userId, checkReason(input.reason), by))
      return theAccount(context, input.userId)
    },
  }),
  enableUser: t.field({
    type: User,
    description:
      'Lets an account follow its directory again: access is allowed if one of its identities is active, or if it ' +
      'has none. Needs the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ValidationError, ForbiddenError],
      union: { name: 'EnableUserResult', description: 'The account, or why it was not enabled.' },
    },
    args: { input: t.arg({ type: EnableUserInput, required: true, description: 'Which account, and why.' }) },
    resolve: async (_root, { input }, context) => {
      await administerAccounts(context, (accounts, by) => accounts.enable(input.userId, checkReason(input.reason), by))
      return theAccount(context, input.userId)
    },
  }),
  revokeSessions: t.field({
    type: User,
    description:
      'Ends the sessions of an account: access tokens issued until now are refused, sockets and streams are closed ' +
      'within a second, and AuthKit sessions end. The account can sign in again. Needs the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'RevokeSessionsResult', description: 'The account, or why nothing was revoked.' },
    },
    args: { input: t.arg({ type: RevokeSessionsInput, required: true, description: 'Which account.' }) },
    resolve: async (_root, { input: { userId } }, context) => {
      await administerAccounts(context, (accounts, by) => accounts.revokeSessions(userId, by))
      return theAccount(context, userId)
    },
  }),
}))
