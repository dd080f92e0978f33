import type { SyncRun as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import { Directory } from './directory.ts'
import { coded } from './errors.ts'
import type { Listing, Order } from './lists/listing.ts'
import { createLoaders } from './loading/loaders.ts'
import { Node, registerNode } from './node.ts'
import { ownRuns } from './own-runs.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'

const SyncRunKind = builder.enumType('SyncRunKind', {
  description: 'Why a sync run was started.',
  values: {
    BACKFILL: { description: 'The directory was connected, or is new here.' },
    RESYNC: { description: 'It was requested with `resyncDirectory`.' },
    RECONCILE: { description: 'It was due: each directory is compared regularly.' },
  } as const,
})

const SyncRunState = builder.enumType('SyncRunState', {
  description: 'The state of a run.',
  values: {
    QUEUED: { description: "It starts soon, or starts over because WorkOS's lists were incomplete." },
    RUNNING: { description: 'It is in progress, or waits for WorkOS to respond again.' },
    AWAITING_APPROVAL: { description: 'It would remove so much that it has to be approved first.' },
    SUCCEEDED: { description: 'The mirror and WorkOS agree.' },
    FAILED: { description: 'It was given up without removing anything wrongly: `error` says why.' },
    CANCELLED: {
      description:
        'It was stopped, its removals were rejected, or the directory was deleted while it awaited approval.',
    },
  } as const,
})

export const SyncRun = builder.prismaObject('SyncRun', {
  description: 'A sync run: a comparison of one directory with WorkOS that repairs differences.',
  interfaces: [Node],
  fields: (t) => {
    const count = (
      name: 'usersSeen' | 'groupsSeen' | 'membershipsSeen' | 'created' | 'updated' | 'removed' | 'unchanged' | 'held',
      description: string,
    ) => t.exposeInt(name, { description })
    return {
      id: t.exposeID('id', { description: 'Its id: `sync_run_…`.' }),
      directory: t.field({
        type: Directory,
        authScopes: { scope: 'directory:read' },
        description: 'The directory being compared. Needs the scope `directory:read`.',
        resolve: ({ directoryId }, _args, { loaders }) => loaders.present('directory', directoryId),
      }),
      kind: t.expose('kind', { type: SyncRunKind, description: 'Why.' }),
      state: t.expose('state', { type: SyncRunState, description: 'Its state.' }),
      dryRun: t.exposeBoolean('dryRun', { description: 'Whether it only counts what it would do.' }),
      usersSeen: count('usersSeen', 'Users that WorkOS has returned so far.'),
      groupsSeen: count('groupsSeen', 'Groups that WorkOS has returned so far.'),
      membershipsSeen: count('membershipsSeen', 'Memberships that WorkOS has returned so far.'),
      created: count('created', 'Users, groups and memberships that were missing here.'),
      updated: count('updated', 'Users and groups that differed.'),
      removed: count('removed', 'Users, groups and memberships that WorkOS no longer has.'),
      unchanged: count('unchanged', 'Users, groups and memberships that were already correct.'),
      held: count('held', 'Users and memberships that it will remove once approved.'),
      progress: t.float({
        nullable: true,
        description:
          'The share of users and groups read so far, from 0 to 1; null if WorkOS does not report the total. Members ' +
          'of groups are read after both, and their total is not known.',
        resolve: progressOf,
      }),
      requestedBy: t.exposeString('requestedBy', {
        nullable: true,
        description: 'Who requested it: the id of their API key or user.',
      }),
      approvedBy: t.exposeString('approvedBy', {
        nullable: true,
        description: 'Who approved what was held: the id of their API key or user.',
      }),
      error: t.exposeString('error', {
        nullable: true,
        description: 'Why it failed, or why its last attempt failed while it is being retried.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was queued.' }),
      startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it began.' }),
      finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
    }
  },
})

function progressOf({ state, usersSeen, groupsSeen, expected }: Model): number | null {
  if (state === 'SUCCEEDED') return 1
  if (expected === null) return null
  // More may arrive during the run, and an empty directory is seen immediately.
  return Math.min(1, (usersSeen + groupsSeen) / Math.max(1, expected))
}

registerNode({
  prefix: 'sync_run_',
  load: async (id, { loaders }) => {
    const run = await loaders.syncRun.load(id)
    return run && SyncRun.addBrand(run)
  },
})

const SyncRunConnection = connectionType('SyncRun', SyncRun)

const OF_DIRECTORY: Listing = {
  from: 'sync_run x',
  columns: `
    x.id, x.directory_id as "directoryId", x.kind, x.state, x.dry_run as "dryRun", x.expected, x.users_seen as "usersSeen",
    x.groups_seen as "groupsSeen", x.memberships_seen as "membershipsSeen", x.created, x.updated, x.removed, x.unchanged,
    x.held, x.requested_by as "requestedBy", x.approved_by as "approvedBy", x.error, x.created_at as "createdAt",
    x.started_at as "startedAt", x.finished_at as "finishedAt"`,
  parent: 'x.directory_id',
}
// Ids begin with their time of creation.
const NEWEST_FIRST: Order = { name: 'ID DESC', column: 'x.id', type: 'text', descending: true, unique: true }

builder.objectField(Directory, 'syncRuns', (t) =>
  t.field({
    type: SyncRunConnection,
    description:
      'Its sync runs, newest first. Organization-bound viewers do not see those that ended while it ' +
      'belonged to another organization.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: ({ id, foreignNotedAt }, args, context) =>
      readConnection<Model>(context, {
        listing: OF_DIRECTORY,
        conditions: context.viewer.organizationId === null ? [] : ownRuns({ foreignNotedAt }),
        order: NEWEST_FIRST,
        parentId: id,
        args,
      }),
  }),
)

builder.queryField('syncRun', (t) =>
  t.field({
    type: SyncRun,
    nullable: true,
    description: 'A sync run by id; null if there is none you can see.',
    args: { id: t.arg.id({ required: true, description: 'Its id: `sync_run_…`.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.syncRun.load(id),
  }),
)

const notFound = () => coded('NOT_FOUND', 'There is no such sync run, or you cannot see it', { path: ['id'] })

builder.subscriptionField('syncRun', (t) =>
  t.field({
    type: SyncRun,
    description: 'A sync run: its current state, then each change until it ends.',
    args: { id: t.arg.id({ required: true, description: 'Its id: `sync_run_…`.' }) },
    subscribe: async (_root, { id }, { loaders, followRun, open }) => {
      if ((await loaders.syncRun.load(id)) === null) throw notFound()
      return followRun(id, open)
    },
    resolve: async (run: Model, _args, context) => {
      // Data loaded for an earlier state must not be shown for this one, and the directory may belong to another
      // organization by now.
      context.loaders = createLoaders(context)
      if ((await context.loaders.directory.load(run.directoryId)) === null) throw notFound()
      return run
    },
  }),
)
