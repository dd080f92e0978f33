import type { Decided, RunOperations } from '../directory/sync-runs.ts'
import type { Directory, SyncRun as Model } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, NotFoundError } from './errors.ts'
import { requireScope } from './require-scope.ts'
import { SyncRun } from './sync-run.ts'

const ResyncDirectoryInput = builder.inputType('ResyncDirectoryInput', {
  description: 'A directory to be compared with WorkOS.',
  fields: (t) => ({
    directoryId: t.id({ required: true, description: 'Its id: `directory_…`.' }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: 'Whether only to count what it would do.' }),
  }),
})

const CancelSyncRunInput = builder.inputType('CancelSyncRunInput', {
  description: 'A run to be stopped.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id: `sync_run_…`.' }) }),
})

const ApproveHeldChangesInput = builder.inputType('ApproveHeldChangesInput', {
  description: 'What is to be let through.',
  fields: (t) => ({ directoryId: t.id({ required: true, description: 'The directory in which it is held.' }) }),
})

const RejectHeldChangesInput = builder.inputType('RejectHeldChangesInput', {
  description: 'What is not to be done.',
  fields: (t) => ({ directoryId: t.id({ required: true, description: 'The directory in which it is held.' }) }),
})

const HeldChanges = builder.objectRef<{ readonly syncRun: Model | null; readonly events: number }>('HeldChanges')
HeldChanges.implement({
  description: 'What the guard had held in a directory, and somebody has decided on.',
  fields: (t) => ({
    syncRun: t.expose('syncRun', { type: SyncRun, nullable: true, description: 'The run that waited, where one did.' }),
    events: t.exposeInt('events', { description: 'How many events waited.' }),
  }),
})

async function theDirectory({ loaders }: Context, id: string): Promise<Directory> {
  const directory = await loaders.directory.load(id)
  if (directory === null) throw new NotFoundError('directory', id)
  return directory
}

async function theRun({ loaders }: Context, id: string): Promise<Model> {
  const run = await loaders.syncRun.load(id)
  if (run === null) throw new NotFoundError('sync run', id)
  return run
}

/** Decides on what is held in a directory of the viewer's. Throws the errors that the mutations name. */
async function decide(context: Context, directoryId: string, how: (runs: RunOperations) => Promise<Decided | null>) {
  requireScope(context, 'sync:write')
  await theDirectory(context, directoryId)
  const decided = await act(context, ({ runs }) => how(runs))
  if (decided === null) throw new ConflictError(`Nothing is held in ${directoryId}`)
  const { runId, events } = decided
  return { syncRun: runId === null ? null : await theRun(context, runId), events }
}

builder.mutationFields((t) => ({
  resyncDirectory: t.field({
    type: SyncRun,
    description:
      'Compares a directory with WorkOS and repairs what differs. While a comparison of it is queued, runs or waits for ' +
      'approval, that one is the answer, whatever it was asked for with. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'ResyncDirectoryResult', description: 'The run, or why there is none.' },
    },
    args: {
      input: t.arg({ type: ResyncDirectoryInput, required: true, description: 'The directory to be compared.' }),
    },
    resolve: async (_root, { input: { directoryId, dryRun } }, context) => {
      requireScope(context, 'sync:write')
      const { deletedAt } = await theDirectory(context, directoryId)
      if (deletedAt !== null) throw new ConflictError(`${directoryId} was deleted: there is nothing to compare it with`)
      const request = { directoryId, dryRun, requestedBy: context.viewer.id }
      return theRun(context, await act(context, ({ runs }) => runs.resync(request)))
    },
  }),
  cancelSyncRun: t.field({
    type: SyncRun,
    description:
      'Stops a run: at once where it is queued or waits for approval, or else after the page that is being read. What it ' +
      'has repaired stays repaired. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'CancelSyncRunResult', description: 'The run, or why it was not stopped.' },
    },
    args: { input: t.arg({ type: CancelSyncRunInput, required: true, description: 'The run to be stopped.' }) },
    resolve: async (_root, { input: { id } }, context) => {
      requireScope(context, 'sync:write')
      await theRun(context, id)
      if (!(await act(context, ({ runs }) => runs.cancel(id, context.viewer.id))))
        throw new ConflictError(`${id} has ended already`)
      return theRun(context, id)
    },
  }),
  approveHeldChanges: t.field({
    type: HeldChanges,
    description:
      'Lets through what the guard holds in a directory: a run, and events, in their order. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'ApproveHeldChangesResult', description: 'What goes on, or why nothing does.' },
    },
    args: { input: t.arg({ type: ApproveHeldChangesInput, required: true, description: 'What to let through.' }) },
    resolve: (_root, { input: { directoryId } }, context) =>
      decide(context, directoryId, (runs) => runs.approve(directoryId, context.viewer.id)),
  }),
  rejectHeldChanges: t.field({
    type: HeldChanges,
    description:
      'Does away with what the guard holds in a directory: nobody leaves. Of events, those that take something away are ' +
      'DISCARDED, and what waited behind them is applied. The next comparison holds it again, unless WorkOS has it back by ' +
      'then. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'RejectHeldChangesResult', description: 'What was done away with, or why nothing was.' },
    },
    args: { input: t.arg({ type: RejectHeldChangesInput, required: true, description: 'What not to do.' }) },
    resolve: (_root, { input: { directoryId } }, context) =>
      decide(context, directoryId, (runs) => runs.reject(directoryId, context.viewer.id)),
  }),
}))
