import type {
  EmailConflict,
  EmailLinks,
  EmailPair,
  LinkedRow,
  LinkImport,
  LinkProblem,
} from '../directory/account-operations.ts'
import { administerAccounts } from './administer-accounts.ts'
import { builder } from './builder.ts'
import { ForbiddenError, NotFoundError, ValidationError, type ValidationIssue } from './errors.ts'
import type { UploadedFile } from './uploaded-file.ts'

const MOST_REPORTED = 1_000
const several = { field: 1, multiplier: MOST_REPORTED }

const UserLinkOutcome = builder.enumType('UserLinkOutcome', {
  description: 'What becomes of a row of an import.',
  values: {
    LINKED: { description: 'The user of a directory goes to the account that has this id.' },
    NAMED: { description: 'The account that the user has gets this id.' },
    CREATED: { description: 'An account of this id is made, and the user goes to it.' },
    UNCHANGED: { description: 'It was so already.' },
  } as const,
})

const UserLinkProblemKind = builder.enumType('UserLinkProblemKind', {
  description: 'Why a row cannot be imported.',
  values: {
    MALFORMED: { description: 'It is no row of CSV with a directory_user_id; what follows it may not have been read.' },
    INVALID_USER_ID: { description: 'Its user_id is missing, too long, or has characters that no id may have.' },
    UNKNOWN_DIRECTORY_USER: { description: 'There is no such user of a directory, or none that you may see.' },
    UNKNOWN_USER: { description: 'There is no such account in the organization.' },
    UNKNOWN_ORGANIZATION: { description: 'WorkOS has not told the organization of this user of a directory yet.' },
    REPEATED: { description: 'A row before it has the same directory_user_id.' },
    OTHER_AUTHKIT_USER: { description: 'Two accounts would become one that are two users of AuthKit.' },
  } as const,
})

const UserLinkProblem = builder.objectRef<LinkProblem>('UserLinkProblem').implement({
  description: 'A row that cannot be imported. While there is one, nothing is.',
  fields: (t) => ({
    line: t.exposeInt('line', { description: 'Its line in the file; the header is line 1.' }),
    kind: t.expose('kind', { type: UserLinkProblemKind, description: 'What is wrong.' }),
    message: t.exposeString('message', { description: 'The same for people.' }),
  }),
})

const UserLinkRow = builder.objectRef<LinkedRow>('UserLinkRow').implement({
  description: 'A row, and what becomes of it.',
  fields: (t) => ({
    line: t.exposeInt('line', { description: 'Its line in the file; the header is line 1.' }),
    externalId: t.exposeID('externalId', { description: "Its user_id: the application's own id of the account." }),
    directoryUserId: t.exposeID('directoryUserId', { description: 'Its directory_user_id.' }),
    outcome: t.expose('outcome', { type: UserLinkOutcome, description: 'What becomes of it.' }),
  }),
})

const settling =
  'How many accounts are too many to be settled at once: their state and roles follow within seconds. 0 where all is done.'

const UserLinkImport = builder.objectRef<LinkImport>('UserLinkImport').implement({
  description: 'What an import of links did, or would do.',
  fields: (t) => ({
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether it was only to be said what would become of it.' }),
    imported: t.exposeBoolean('imported', { description: 'Whether anything was written: all of it, or nothing.' }),
    rows: t.exposeInt('rows', { description: 'Rows of the file, without its header.' }),
    linked: t.exposeInt('linked', { description: 'Rows of this outcome.' }),
    named: t.exposeInt('named', { description: 'Rows of this outcome.' }),
    created: t.exposeInt('created', { description: 'Rows of this outcome.' }),
    unchanged: t.exposeInt('unchanged', { description: 'Rows of this outcome.' }),
    deleted: t.exposeInt('deleted', {
      description: 'Accounts that were made for users of directories and go away, now that these belong to others.',
    }),
    deactivated: t.exposeInt('deactivated', {
      description:
        'Accounts that are active and must not be let in any more, since no user of a directory that is theirs then is active.',
    }),
    problemCount: t.exposeInt('problemCount', { description: 'How many rows cannot be imported.' }),
    problems: t.field({
      type: [UserLinkProblem],
      description: `The first ${MOST_REPORTED} of them, by line.`,
      complexity: several,
      resolve: ({ problems }) => [...problems],
    }),
    report: t.field({
      type: [UserLinkRow],
      description: `Row by row what becomes of those without a problem: ${MOST_REPORTED} from \`reportAfterLine\` on.`,
      complexity: several,
      resolve: ({ report }) => [...report],
    }),
    settling: t.exposeInt('settling', { description: settling }),
  }),
})

const UserEmailPair = builder.objectRef<EmailPair>('UserEmailPair').implement({
  description: 'Users of directories, and the one account that has their address.',
  fields: (t) => ({
    directoryUserIds: t.exposeIDList('directoryUserIds', { description: 'The users of directories: one person.' }),
    userId: t.exposeID('userId', { description: 'The account that they belong to, or would.' }),
  }),
})

const UserEmailConflict = builder.objectRef<EmailConflict>('UserEmailConflict').implement({
  description:
    'Users of directories and accounts with one address that cannot be told apart. `linkUser` says who is who.',
  fields: (t) => ({
    directoryUserIds: t.exposeIDList('directoryUserIds', { description: 'The users of directories.' }),
    userIds: t.exposeIDList('userIds', { description: 'The accounts.' }),
  }),
})

const UserEmailLinks = builder.objectRef<EmailLinks>('UserEmailLinks').implement({
  description: 'What was linked by e-mail address, or would be.',
  fields: (t) => ({
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether it was only to be said what would be linked.' }),
    pairCount: t.exposeInt('pairCount', { description: 'How many accounts have found their users of directories.' }),
    pairs: t.field({
      type: [UserEmailPair],
      description: `The first ${MOST_REPORTED} of them.`,
      complexity: several,
      resolve: ({ pairs }) => [...pairs],
    }),
    conflictCount: t.exposeInt('conflictCount', { description: 'How many addresses several have; these are left.' }),
    conflicts: t.field({
      type: [UserEmailConflict],
      description: `The first ${MOST_REPORTED} of them.`,
      complexity: several,
      resolve: ({ conflicts }) => [...conflicts],
    }),
    settling: t.exposeInt('settling', { description: settling }),
  }),
})

const ImportUserLinksInput = builder.inputType('ImportUserLinksInput', {
  description: 'Links between users of directories and accounts: one of `file` and `csv`.',
  fields: (t) => ({
    file: t.field({
      type: 'File',
      description: 'A file of CSV, sent as the GraphQL multipart request specification says. 100,000 rows at the most.',
    }),
    csv: t.string({
      description:
        'The same as a text. It begins with the line `user_id,directory_user_id`; other columns are passed over.',
    }),
    dryRun: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether only to say what would become of each row. Nothing is written unless this is false.',
    }),
    reportAfterLine: t.int({ defaultValue: 0, description: 'The report begins after this line.' }),
  }),
})

const LinkUsersByEmailInput = builder.inputType('LinkUsersByEmailInput', {
  description: 'Whose users of directories and accounts are to be brought together.',
  fields: (t) => ({
    organizationId: t.id({ required: true, description: "WorkOS's id: `org_…`." }),
    dryRun: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether only to say what would be linked.',
    }),
  }),
})

function textOf({
  file,
  csv,
}: {
  file?: UploadedFile | null | undefined
  csv?: string | null | undefined
}): AsyncIterable<Uint8Array | string> {
  const issues: ValidationIssue[] = []
  if ((file == null) === (csv == null)) issues.push({ path: ['input'], message: 'must have one of file and csv' })
  if (issues.length > 0) throw new ValidationError(...issues)
  return file == null ? once(csv!) : file.stream()
}

async function* once(text: string): AsyncGenerator<string> {
  yield await Promise.resolve(text)
}

builder.mutationFields((t) => ({
  importUserLinks: t.field({
    type: UserLinkImport,
    description:
      "Links many users of directories to accounts, by the application's own ids, as `linkUser` does one after the other: all " +
      'rows, or none. Needs the scope `accounts:write`.',
    errors: {
      types: [ValidationError, ForbiddenError],
      union: { name: 'ImportUserLinksResult', description: 'What became of the rows, or why the file was not read.' },
    },
    args: { input: t.arg({ type: ImportUserLinksInput, required: true, description: 'The links.' }) },
    resolve: (_root, { input }, context) =>
      administerAccounts(context, (accounts, by) => {
        const { dryRun, reportAfterLine } = input
        return accounts.importLinks({ csv: textOf(input), dryRun, reportAfterLine: reportAfterLine ?? 0 }, by)
      }),
  }),
  linkUsersByEmail: t.field({
    type: UserEmailLinks,
    description:
      'Links users of directories whose account was made for them to accounts that the application had before, where exactly ' +
      'one has the same verified address. Needs the scope `accounts:write`.',
    errors: {
      types: [NotFoundError, ForbiddenError],
      union: { name: 'LinkUsersByEmailResult', description: 'What was linked, or why nothing was.' },
    },
    args: { input: t.arg({ type: LinkUsersByEmailInput, required: true, description: 'Whose.' }) },
    resolve: (_root, { input }, context) =>
      administerAccounts(context, (accounts, by) => accounts.linkByEmail(input, by)),
  }),
}))
