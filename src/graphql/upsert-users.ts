import { isOrganizationId, NOT_AN_ORGANIZATION } from '../operations/organization-id.ts'
import type { Upserted } from '../operations/account-operations.ts'
import { isAddress } from '../text/mailbox.ts'
import type { Issue } from '../operations/refusal.ts'
import { administerAccounts, idIssues } from './administer-accounts.ts'
import { builder } from './builder.ts'
import { ForbiddenError, ValidationError } from './errors.ts'
import { requireEveryOrganization } from './user-actions.ts'
import { User } from './user.ts'

const MAX_USERS = 1_000
const LONGEST_NAME = 500

const UpsertedUsers = builder.objectRef<Upserted>('UpsertedUsers').implement({
  description: 'The outcome of registering accounts.',
  fields: (t) => ({
    created: t.exposeInt('created', { description: 'How many were new.' }),
    updated: t.exposeInt('updated', { description: 'How many changed.' }),
    unchanged: t.exposeInt('unchanged', { description: 'How many were already up to date.' }),
    users: t.field({
      type: [User],
      description: 'All of them, in the order given. Needs the scope `directory:read`.',
      authScopes: { scope: 'directory:read' },
      nullable: true,
      complexity: { field: 1, multiplier: MAX_USERS },
      resolve: async ({ ids }, _args, { loaders }) => {
        const users = await Promise.all(ids.map((id) => loaders.account.load(id)))
        return users.filter((user) => user !== null)
      },
    }),
  }),
})

const RegisteredUserInput = builder.inputType('RegisteredUserInput', {
  description:
    'An account of the application. Omitted fields keep their value; null clears it. The names and address of an ' +
    'account created for a directory user remain those of the directory.',
  fields: (t) => ({
    externalId: t.id({ required: true, description: "The application's own id for it, unique in its organization." }),
    email: t.string({ description: 'Its e-mail address.' }),
    emailVerified: t.boolean({
      description:
        'Whether the application has verified the address: only then can a directory user be linked by it. If ' +
        'omitted when the address changes, it counts as unverified.',
    }),
    firstName: t.string({ description: 'Given name.' }),
    lastName: t.string({ description: 'Family name.' }),
    workosUserId: t.id({
      description:
        'The AuthKit user of the account, whose sessions end when access is denied. Only a credential that sees ' +
        'every organization may set it.',
    }),
  }),
})

const UpsertUsersInput = builder.inputType('UpsertUsersInput', {
  description: 'Accounts of one organization.',
  fields: (t) => ({
    organizationId: t.id({
      description: "WorkOS's id of the organization. Defaults to your own, if you are bound to one.",
    }),
    users: t.field({
      type: [RegisteredUserInput],
      required: true,
      description: `The accounts: 1 to ${MAX_USERS.toLocaleString('en')}, each once.`,
    }),
  }),
})

type Input = typeof UpsertUsersInput.$inferInput

function check({ organizationId, users }: Input): void {
  const issues: Issue[] = []
  if (organizationId != null && !isOrganizationId(organizationId))
    issues.push({ path: ['input', 'organizationId'], message: NOT_AN_ORGANIZATION })
  if (users.length < 1 || users.length > MAX_USERS)
    issues.push({ path: ['input', 'users'], message: `must have 1 to ${MAX_USERS.toLocaleString('en')} entries` })
  const seen = new Set<string>()
  for (const [place, user] of users.entries()) {
    const path = (field: string) => ['input', 'users', String(place), field]
    issues.push(...idIssues(path('externalId'), user.externalId), ...idIssues(path('workosUserId'), user.workosUserId))
    if (seen.has(user.externalId)) issues.push({ path: path('externalId'), message: 'occurs twice in the list' })
    seen.add(user.externalId)
    if (user.email != null && !isAddress(user.email))
      issues.push({ path: path('email'), message: 'must be a single e-mail address' })
    for (const field of ['firstName', 'lastName'] as const)
      if ((user[field]?.length ?? 0) > LONGEST_NAME)
        issues.push({ path: path(field), message: `must have at most ${LONGEST_NAME} characters` })
  }
  if (issues.length > 0) throw new ValidationError(...issues.slice(0, 100))
}

builder.mutationField('upsertUsers', (t) =>
  t.field({
    type: UpsertedUsers,
    description:
      "Registers or updates the application's existing accounts, by its own ids. Directory users can then be " +
      'linked to them: by hand, by import, or by address if the organization allows it. Needs the scope ' +
      '`accounts:write`.',
    errors: {
      types: [ValidationError, ForbiddenError],
      union: { name: 'UpsertUsersResult', description: 'The outcome, or why nothing was registered.' },
    },
    args: { input: t.arg({ type: UpsertUsersInput, required: true, description: 'The accounts.' }) },
    resolve: (_root, { input }, context) =>
      administerAccounts(context, (accounts, by) => {
        check(input)
        const organizationId = input.organizationId ?? by.organizationId
        if (organizationId === null)
          throw new ValidationError({ path: ['input', 'organizationId'], message: 'is required: you can see several' })
        if (by.organizationId !== null && organizationId !== by.organizationId)
          throw new ForbiddenError(null, 'You can register accounts only for your own organization')
        if (input.users.some(({ workosUserId }) => workosUserId !== undefined)) requireEveryOrganization(context)
        return accounts.upsert({ organizationId, users: input.users }, by)
      }),
  }),
)
