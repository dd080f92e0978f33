import type { Directory as Model } from '../generated/prisma/client.ts'
import type { Issue } from '../operations/refusal.ts'
import { act } from './act.ts'
import { builder } from './builder.ts'
import { Directory } from './directory.ts'
import { ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { requireScope } from './require-scope.ts'

/** The largest allowed thresholds, as in the settings. */
const MOST = { minimum: 1_000_000, percent: 100 } as const

const DirectoryGuard = builder.objectRef<Model>('DirectoryGuard').implement({
  description:
    'How much may be removed at once, by a sync run or a burst of events, before approval is needed: ' +
    'the larger of `minimum` and `percent` of active users (and likewise of memberships).',
  fields: (t) => ({
    minimum: t.int({
      description: 'The number that may always be removed.',
      resolve: ({ guardMinimum }, _args, { guard }) => guardMinimum ?? guard.minimum,
    }),
    percent: t.int({
      description: 'Percentage that may be removed.',
      resolve: ({ guardPercent }, _args, { guard }) => guardPercent ?? guard.percent,
    }),
    overridden: t.boolean({
      description: 'Whether this directory overrides a default.',
      resolve: ({ guardMinimum, guardPercent }) => guardMinimum !== null || guardPercent !== null,
    }),
  }),
})

builder.objectField(Directory, 'guard', (t) =>
  t.field({
    type: DirectoryGuard,
    description: 'How much of it may be removed at once.',
    resolve: (directory) => directory,
  }),
)

const UpdateDirectoryGuardInput = builder.inputType('UpdateDirectoryGuardInput', {
  description: 'Thresholds of a directory. Omitted fields keep their value; null restores the default in the settings.',
  fields: (t) => ({
    directoryId: t.id({ required: true, description: 'Its id: `directory_…`.' }),
    minimum: t.int({
      description: `The number that may always be removed: 0 to ${MOST.minimum.toLocaleString('en')}.`,
    }),
    percent: t.int({ description: `Percentage that may be removed: 0 to ${MOST.percent}.` }),
  }),
})

function check(input: typeof UpdateDirectoryGuardInput.$inferInput): void {
  const issues: Issue[] = []
  for (const name of ['minimum', 'percent'] as const) {
    const value = input[name] ?? 0
    if (value < 0 || value > MOST[name])
      issues.push({ path: ['input', name], message: `must be 0 to ${MOST[name].toLocaleString('en')}, or null` })
  }
  if (issues.length > 0) throw new ValidationError(...issues)
}

builder.mutationField('updateDirectoryGuard', (t) =>
  t.field({
    type: DirectoryGuard,
    description: 'Sets how much of a directory may be removed at once. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ValidationError, ForbiddenError],
      union: { name: 'UpdateDirectoryGuardResult', description: 'The current thresholds, or why nothing was set.' },
    },
    args: { input: t.arg({ type: UpdateDirectoryGuardInput, required: true, description: 'The thresholds.' }) },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'sync:write')
      check(input)
      const { directoryId, minimum, percent } = input
      const { viewer } = context
      if ((await context.loaders.directory.load(directoryId)) !== null)
        await act(context, ({ guard }) => guard.update(directoryId, { minimum, percent }, viewer.id))
      const directory = await context.loaders.directory.load(directoryId)
      if (directory === null) throw new NotFoundError('directory', directoryId)
      return directory
    },
  }),
)
