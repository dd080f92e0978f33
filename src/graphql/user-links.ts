import type {
  EmailConflict,
  EmailLinks,
  EmailPair,
  LinkedRow,
  LinkImport,
  LinkImportRequest,
  LinkProblem,
} from '../operations/account-operations.ts'
import { administerAccounts } from './administer-accounts.ts'
import { builder } from './builder.ts'
import { ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import type { UploadedFile } from './uploaded-file.ts'

const MAX_REPORTED = 1_000
const several = { field: 1, multiplier: MAX_REPORTED }

const UserLinkOutcome = builder.enumType('UserLinkOutcome', {
  description: 'The outcome of a row of an import.',
  values: {
    LINKED: { description: 'The directory user is linked to the account with this id.' },
    NAMED: { description: "The user's current account gets this id." },
    CREATED: { description: 'An account with this id is created, and the user is linked to it.' },
    UNCHANGED: { description: 'It was already so.' },
  } as const,
})

const UserLinkProblemKind = builder.enumType('UserLinkProblemKind', {
  description: 'Why a row cannot be imported.',
  values: {
    MALFORMED: { description: 'It is not a CSV row with a directory_user_id; later rows may not have been read.' },
    INVALID_USER_ID: { description: 'Its user_id is missing, too long, or has invalid characters.' },
    UNKNOWN_DIRECTORY_USER: { description: 'There is no such directory user, or you cannot see it.' },
    UNKNOWN_USER: { description: 'There is no such account in the organization.' },
    UNKNOWN_ORGANIZATION: { description: 'WorkOS has not yet reported the organization of this directory user.' },
    REPEATED: { description: 'An earlier row has the same directory_user_id.' },
    OTHER_AUTHKIT_USER: { description: 'Two accounts with different AuthKit users would be merged.' },
  } as const,
})

const UserLinkProblem = builder.objectRef<LinkProblem>('UserLinkProblem').implement({
  description: 'A row that cannot be imported. If there are any, nothing is imported.',
  fields: (t) => ({
    line: t.exposeInt('line', { description: 'Its line in the file; the header is line 1.' }),
    kind: t.expose('kind', { type: UserLinkProblemKind, description: 'What is wrong.' }),
    message: t.exposeString('message', { description: 'A human-readable explanation.' }),
  }),
})

const UserLinkRow = builder.objectRef<LinkedRow>('UserLinkRow').implement({
  description: 'A row and its outcome.',
  fields: (t) => ({
    line: t.exposeInt('line', { description: 'Its line in the file; the header is line 1.' }),
    externalId: t.exposeID('externalId', { description: "Its user_id: the application's own id of the account." }),
    directoryUserId: t.exposeID('directoryUserId', { description: 'Its directory_user_id.' }),
    outcome: t.expose('outcome', { type: UserLinkOutcome, description: 'The outcome.' }),
  }),
})

const settling =
  'How many accounts could not be updated immediately; their state and roles follow within seconds. 0 if all is done.'

const UserLinkImport = builder.objectRef<LinkImport>('UserLinkImport').implement({
  description: 'The effect of an import of links, real or simulated.',
  fields: (t) => ({
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether this was a dry run.' }),
    imported: t.exposeBoolean('imported', { description: 'Whether anything was written: everything or nothing.' }),
    rows: t.exposeInt('rows', { description: 'Rows of the file, without its header.' }),
    linked: t.exposeInt('linked', { description: 'Rows of this outcome.' }),
    named: t.exposeInt('named', { description: 'Rows of this outcome.' }),
    created: t.exposeInt('created', { description: 'Rows of this outcome.' }),
    unchanged: t.exposeInt('unchanged', { description: 'Rows of this outcome.' }),
    deleted: t.exposeInt('deleted', {
      description: 'Accounts created for directory users that are deleted because these users now belong to others.',
    }),
    deactivated: t.exposeInt('deactivated', {
      description: 'Active accounts whose access is denied because none of their remaining directory users is active.',
    }),
    problemCount: t.exposeInt('problemCount', { description: 'How many rows cannot be imported.' }),
    problems: t.field({
      type: [UserLinkProblem],
      description: `The first ${MAX_REPORTED.toLocaleString('en')} of them, by line.`,
      complexity: several,
      resolve: ({ problems }) => [...problems],
    }),
    report: t.field({
      type: [UserLinkRow],
      description:
        `The outcomes of the rows without a problem: up to ${MAX_REPORTED.toLocaleString('en')} after ` +
        'the line `reportAfterLine`.',
      complexity: several,
      resolve: ({ report }) => [...report],
    }),
    settling: t.exposeInt('settling', { description: settling }),
  }),
})

const UserEmailPair = builder.objectRef<EmailPair>('UserEmailPair').implement({
  description: 'Directory users, and the one account that has their address.',
  fields: (t) => ({
    directoryUserIds: t.exposeIDList('directoryUserIds', { description: 'The directory users, who are one person.' }),
    userId: t.exposeID('userId', { description: 'The account they are, or would be, linked to.' }),
  }),
})

const UserEmailConflict = builder.objectRef<EmailConflict>('UserEmailConflict').implement({
  description:
    'Directory users and accounts that share an address and cannot be told apart. Use `linkUser` to assign them.',
  fields: (t) => ({
    directoryUserIds: t.exposeIDList('directoryUserIds', { description: 'The directory users.' }),
    userIds: t.exposeIDList('userIds', { description: 'The accounts.' }),
  }),
})

const UserEmailLinks = builder.objectRef<EmailLinks>('UserEmailLinks').implement({
  description: 'What was, or would be, linked by e-mail address.',
  fields: (t) => ({
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether this was a dry run.' }),
    pairCount: t.exposeInt('pairCount', { description: 'How many accounts were matched with their directory users.' }),
    pairs: t.field({
      type: [UserEmailPair],
      description: `The first ${MAX_REPORTED.toLocaleString('en')} of them.`,
      complexity: several,
      resolve: ({ pairs }) => [...pairs],
    }),
    conflictCount: t.exposeInt('conflictCount', {
      description: 'How many addresses are ambiguous; these are skipped.',
    }),
    conflicts: t.field({
      type: [UserEmailConflict],
      description: `The first ${MAX_REPORTED.toLocaleString('en')} of them.`,
      complexity: several,
      resolve: ({ conflicts }) => [...conflicts],
    }),
    settling: t.exposeInt('settling', { description: settling }),
  }),
})

const ImportUserLinksInput = builder.inputType('ImportUserLinksInput', {
  description: 'Links between directory users and accounts: exactly one of `file` and `csv`.',
  fields: (t) => ({
    file: t.field({
      type: 'File',
      description:
        'A CSV file with at most 100,000 rows, sent according to the GraphQL multipart request specification.',
    }),
    csv: t.string({
      description: 'The same as a string. Its first line is `user_id,directory_user_id`; other columns are ignored.',
    }),
    dryRun: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether to only report the outcome of each row. Nothing is written unless this is false.',
    }),
    reportAfterLine: t.int({ defaultValue: 0, description: 'The report begins after this line.' }),
  }),
})

const LinkUsersByEmailInput = builder.inputType('LinkUsersByEmailInput', {
  description: 'The organization whose directory users and accounts to link.',
  fields: (t) => ({
    organizationId: t.id({ required: true, description: "WorkOS's id: `org_…`." }),
    dryRun: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether to only report what would be linked.',
    }),
  }),
})

function csvOf({
  file,
  csv,
}: {
  file?: UploadedFile | null | undefined
  csv?: string | null | undefined
}): Pick<LinkImportRequest, 'csv' | 'givenAs'> {
  if (file != null && csv == null) return { csv: file.stream(), givenAs: 'file' }
  if (csv != null && file == null) return { csv: once(csv), givenAs: 'csv' }
  throw new ValidationError({ path: ['input'], message: 'must have one of file and csv' })
}

async function* once(text: string): AsyncGenerator<string> {
  yield await Promise.resolve(text)
}

builder.mutationFields((t) => ({
  importUserLinks: t.field({
    type: UserLinkImport,
    description:
      "Links many directory users to accounts, by the application's own ids, like `linkUser` for each row: all " +
      'rows or none. Needs the scope `accounts:write`.',
    errors: {
      types: [ValidationError, ForbiddenError],
      union: { name: 'ImportUserLinksResult', description: 'The outcome of the rows, or why the file was not read.' },
    },
    args: { input: t.arg({ type: ImportUserLinksInput, required: true, description: 'The links.' }) },
    resolve: (_root, { input }, context) =>
      administerAccounts(context, (accounts, by) => {
        const { dryRun, reportAfterLine } = input
        return accounts.importLinks({ ...csvOf(input), dryRun, reportAfterLine: reportAfterLine ?? 0 }, by)
      }),
  }),
  linkUsersByEmail: t.field({
    type: UserEmailLinks,
    description:
      "Links directory users whose account was created for them to the application's existing accounts, if exactly " +
      'one has the same verified address. Needs the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ForbiddenError],
      union: { name: 'LinkUsersByEmailResult', description: 'What was linked, or why nothing was.' },
    },
    args: { input: t.arg({ type: LinkUsersByEmailInput, required: true, description: 'Which organization.' }) },
    resolve: (_root, { input }, context) =>
      administerAccounts(context, (accounts, by) => accounts.linkByEmail(input, by)),
  }),
}))
