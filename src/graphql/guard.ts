import type { Directory as Model } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { builder } from './builder.ts'
import { Directory } from './directory.ts'
import { ForbiddenError, NotFoundError, ValidationError, type ValidationIssue } from './errors.ts'
import { requireScope } from './require-scope.ts'

/** What each threshold may be: as in the settings. */
const MOST = { minimum: 1_000_000, percent: 100 } as const

const DirectoryGuard = builder.objectRef<Model>('DirectoryGuard').implement({
  description:
    'How much may go at once, by a comparison with WorkOS or by a burst of events, before somebody has to approve it: the ' +
    'larger of both, of the active users and of the memberships of a directory.',
  fields: (t) => ({
    minimum: t.int({
      description: 'So many may always go.',
      resolve: ({ guardMinimum }, _args, { guard }) => guardMinimum ?? guard.minimum,
    }),
    percent: t.int({
      description: 'So many of a hundred may go.',
      resolve: ({ guardPercent }, _args, { guard }) => guardPercent ?? guard.percent,
    }),
    overridden: t.boolean({
      description: 'Whether one of them is the own one of this directory, and not that of the settings.',
      resolve: ({ guardMinimum, guardPercent }) => guardMinimum !== null || guardPercent !== null,
    }),
  }),
})

builder.objectField(Directory, 'guard', (t) =>
  t.field({
    type: DirectoryGuard,
    description: 'How much of it may go at once.',
    resolve: (directory) => directory,
  }),
)

const UpdateDirectoryGuardInput = builder.inputType('UpdateDirectoryGuardInput', {
  description: 'Thresholds of a directory. What is left out stays as it is; null makes it that of the settings.',
  fields: (t) => ({
    directoryId: t.id({ required: true, description: 'Its id: `directory_…`.' }),
    minimum: t.int({ description: `So many may always go: 0 to ${MOST.minimum}.` }),
    percent: t.int({ description: `So many of a hundred may go: 0 to ${MOST.percent}.` }),
  }),
})

function check(input: typeof UpdateDirectoryGuardInput.$inferInput): void {
  const issues: ValidationIssue[] = []
  for (const name of ['minimum', 'percent'] as const) {
    const value = input[name] ?? 0
    if (value < 0 || value > MOST[name])
      issues.push({ path: ['input', name], message: `must be 0 to ${MOST[name]}, or null` })
  }
  if (issues.length > 0) throw new ValidationError(...issues)
}

builder.mutationField('updateDirectoryGuard', (t) =>
  t.field({
    type: DirectoryGuard,
    description: 'Sets how much of a directory may go at once. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ValidationError, ForbiddenError],
      union: { name: 'UpdateDirectoryGuardResult', description: 'What holds now, or why nothing was set.' },
    },
    args: { input: t.arg({ type: UpdateDirectoryGuardInput, required: true, description: 'The thresholds.' }) },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'sync:write')
      check(input)
      const { directoryId, minimum, percent } = input
      const { viewer } = context
      if ((await context.loaders.directory.load(directoryId)) !== null)
        await act(context, ({ updateGuard }) => updateGuard(directoryId, { minimum, percent }, viewer.id))
      const directory = await context.loaders.directory.load(directoryId)
      if (directory === null) throw new NotFoundError('directory', directoryId)
      return directory
    },
  }),
)
