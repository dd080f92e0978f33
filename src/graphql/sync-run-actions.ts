import type { Directory, SyncRun as Model } from '../generated/prisma/client.ts'
import type { Decided, GuardOperations } from '../operations/guard-operations.ts'
import { act } from './act.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, NotFoundError } from './errors.ts'
import { requireScope } from './require-scope.ts'
import { SyncRun } from './sync-run.ts'

const ResyncDirectoryInput = builder.inputType('ResyncDirectoryInput', {
  description: 'The directory to compare with WorkOS.',
  fields: (t) => ({
    directoryId: t.id({ required: true, description: 'Its id: `directory_…`.' }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: 'Whether to only count what it would do.' }),
  }),
})

const CancelSyncRunInput = builder.inputType('CancelSyncRunInput', {
  description: 'The run to stop.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id: `sync_run_…`.' }) }),
})

const ApproveHeldChangesInput = builder.inputType('ApproveHeldChangesInput', {
  description: 'What to approve.',
  fields: (t) => ({
    directoryId: t.id({ required: true, description: 'The directory whose held changes to decide on.' }),
  }),
})

const RejectHeldChangesInput = builder.inputType('RejectHeldChangesInput', {
  description: 'What to reject.',
  fields: (t) => ({
    directoryId: t.id({ required: true, description: 'The directory whose held changes to decide on.' }),
  }),
})

const HeldChanges = builder.objectRef<{ readonly syncRun: Model | null; readonly events: number }>('HeldChanges')
HeldChanges.implement({
  description: 'What the guard had held in a directory and was then approved or rejected.',
  fields: (t) => ({
    syncRun: t.expose('syncRun', { type: SyncRun, nullable: true, description: 'The run that was held, if any.' }),
    events: t.exposeInt('events', { description: 'How many events were held.' }),
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

/** Decides on what is held in a directory of the viewer. Throws the errors that the mutations declare. */
async function decide(context: Context, directoryId: string, how: (guard: GuardOperations) => Promise<Decided | null>) {
  requireScope(context, 'sync:write')
  await theDirectory(context, directoryId)
  const decided = await act(context, ({ guard }) => how(guard))
  if (decided === null) throw new ConflictError(`Nothing is held in ${directoryId}`)
  const { runId, events } = decided
  return { syncRun: runId === null ? null : await theRun(context, runId), events }
}

builder.mutationFields((t) => ({
  resyncDirectory: t.field({
    type: SyncRun,
    description:
      'Starts a sync run: compares a directory with WorkOS and repairs differences. If one is already queued, ' +
      'running or awaiting approval, that one is returned. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'ResyncDirectoryResult', description: 'The run, or why there is none.' },
    },
    args: {
      input: t.arg({ type: ResyncDirectoryInput, required: true, description: 'The directory to compare.' }),
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
      'Stops a run: immediately if queued or awaiting approval, otherwise after the current page. What it has ' +
      'repaired stays repaired. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'CancelSyncRunResult', description: 'The run, or why it was not stopped.' },
    },
    args: { input: t.arg({ type: CancelSyncRunInput, required: true, description: 'The run to stop.' }) },
    resolve: async (_root, { input: { id } }, context) => {
      requireScope(context, 'sync:write')
      await theRun(context, id)
      if (!(await act(context, ({ runs }) => runs.cancel(id, context.viewer.id))))
        throw new ConflictError(`${id} has already ended`)
      return theRun(context, id)
    },
  }),
  approveHeldChanges: t.field({
    type: HeldChanges,
    description:
      'Approves what the guard holds in a directory: a run, and events, in order. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'ApproveHeldChangesResult', description: 'What was approved, or why nothing was.' },
    },
    args: { input: t.arg({ type: ApproveHeldChangesInput, required: true, description: 'What to approve.' }) },
    resolve: (_root, { input: { directoryId } }, context) =>
      decide(context, directoryId, (guard) => guard.approve(directoryId, context.viewer.id)),
  }),
  rejectHeldChanges: t.field({
    type: HeldChanges,
    description:
      'Rejects what the guard holds in a directory, so that no user is offboarded. Held events that remove ' +
      'something are DISCARDED, and those that waited behind them are applied. The next sync run holds the same ' +
      'removals again, unless WorkOS has the data back by then. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ConflictError, ForbiddenError],
      union: { name: 'RejectHeldChangesResult', description: 'What was rejected, or why nothing was.' },
    },
    args: { input: t.arg({ type: RejectHeldChangesInput, required: true, description: 'What to reject.' }) },
    resolve: (_root, { input: { directoryId } }, context) =>
      decide(context, directoryId, (guard) => guard.reject(directoryId, context.viewer.id)),
  }),
}))
