import type { Upserted } from '../directory/account-operations.ts'
import { administerAccounts, idIssues } from './administer-accounts.ts'
import { builder } from './builder.ts'
import { ForbiddenError, ValidationError, type ValidationIssue } from './errors.ts'
import { requireEveryOrganization } from './user-actions.ts'
import { User } from './user.ts'

const MOST_USERS = 1_000
const LONGEST_NAME = 500

const UpsertedUsers = builder.objectRef<Upserted>('UpsertedUsers').implement({
  description: 'What became of the accounts that the application has registered.',
  fields: (t) => ({
    created: t.exposeInt('created', { description: 'How many were not known before.' }),
    updated: t.exposeInt('updated', { description: 'Of how many something changed.' }),
    unchanged: t.exposeInt('unchanged', { description: 'How many were so already.' }),
    users: t.field({
      type: [User],
      description: 'All of them, in the order in which they were given. Needs the scope `directory:read`.',
      authScopes: { scope: 'directory:read' },
      nullable: true,
      complexity: { field: 1, multiplier: MOST_USERS },
      resolve: async ({ ids }, _args, { loaders }) => {
        const users = await Promise.all(ids.map((id) => loaders.account.load(id)))
        return users.filter((user) => user !== null)
      },
    }),
  }),
})

const RegisteredUserInput = builder.inputType('RegisteredUserInput', {
  description:
    'An account that the application has. What is left out stays as it is, and null clears it. Names and address of an ' +
    'account that was made for a user of a directory stay those of the directory.',
  fields: (t) => ({
    externalId: t.id({ required: true, description: "The application's own id for it, unique in its organization." }),
    email: t.string({ description: 'Its e-mail address.' }),
    emailVerified: t.boolean({
      description:
        'Whether the application vouches for the address: only then may a user of a directory join it by that. Left out with ' +
        'another address: it does not.',
    }),
    firstName: t.string({ description: 'Given name.' }),
    lastName: t.string({ description: 'Family name.' }),
    workosUserId: t.id({
      description:
        "AuthKit's user that it is: whose sessions end when it is kept out. Only a credential that sees every organization " +
        'may say it.',
    }),
  }),
})

const UpsertUsersInput = builder.inputType('UpsertUsersInput', {
  description: 'Accounts of one organization.',
  fields: (t) => ({
    organizationId: t.id({ description: "WorkOS's id of the organization. Default: your own, where you have one." }),
    users: t.field({
      type: [RegisteredUserInput],
      required: true,
      description: `The accounts: 1 to ${MOST_USERS}, each once.`,
    }),
  }),
})

type Input = typeof UpsertUsersInput.$inferInput

function check({ organizationId, users }: Input): void {
  const issues: ValidationIssue[] = []
  if (organizationId != null && !/^\S{1,200}$/.test(organizationId))
    issues.push({ path: ['input', 'organizationId'], message: "must be an organization's id" })
  if (users.length < 1 || users.length > MOST_USERS)
    issues.push({ path: ['input', 'users'], message: `must be 1 to ${MOST_USERS}` })
  const seen = new Set<string>()
  for (const [place, user] of users.entries()) {
    const path = (field: string) => ['input', 'users', String(place), field]
    issues.push(...idIssues(path('externalId'), user.externalId), ...idIssues(path('workosUserId'), user.workosUserId))
    if (seen.has(user.externalId)) issues.push({ path: path('externalId'), message: 'stands twice in the list' })
    seen.add(user.externalId)
    for (const field of ['email', 'firstName', 'lastName'] as const)
      if ((user[field]?.length ?? 0) > LONGEST_NAME)
        issues.push({ path: path(field), message: `must have ${LONGEST_NAME} characters at the most` })
  }
  if (issues.length > 0) throw new ValidationError(...issues.slice(0, 100))
}

builder.mutationField('upsertUsers', (t) =>
  t.field({
    type: UpsertedUsers,
    description:
      'Registers accounts that the application had before, by its own ids, or changes them. They wait for users of directories ' +
      'to be linked to them: by hand, by a list, or by the address where the organization wants it. Needs the scope ' +
      '`accounts:write`.',
    errors: {
      types: [ValidationError, ForbiddenError],
      union: { name: 'UpsertUsersResult', description: 'What became of them, or why nothing was registered.' },
    },
    args: { input: t.arg({ type: UpsertUsersInput, required: true, description: 'The accounts.' }) },
    resolve: (_root, { input }, context) =>
      administerAccounts(context, (accounts, by) => {
        check(input)
        const organizationId = input.organizationId ?? by.organizationId
        if (organizationId === null)
          throw new ValidationError({ path: ['input', 'organizationId'], message: 'is required: you see several' })
        if (by.organizationId !== null && organizationId !== by.organizationId)
          throw new ForbiddenError(null, 'You can register accounts of your own organization only')
        if (input.users.some(({ workosUserId }) => workosUserId !== undefined)) requireEveryOrganization(context)
        return accounts.upsert({ organizationId, users: input.users }, by)
      }),
  }),
)
