import { builder } from './builder.ts'
import { Directory } from './directory.ts'
import { coded } from './errors.ts'
import { createLoaders } from './loading/loaders.ts'
import type { SyncHealth as Health } from '../stats/health.ts'

const SyncHealthStatus = builder.enumType('SyncHealthStatus', {
  description: 'How well a directory is kept in sync: the worst of its problems.',
  values: {
    HEALTHY: { description: 'Nothing is wrong.' },
    DEGRADED: {
      description:
        'In sync through events, but something needs attention: failed events, held changes, a failed or overdue ' +
        'run, or directories that WorkOS does not list.',
    },
    STALLED: {
      description:
        'The Events API has not been read to its end for 5 minutes, or an event has waited for more than one minute.',
    },
    FAILING: { description: "WorkOS cannot reach the customer's directory." },
    DISCONNECTED: { description: 'The directory is unlinked, deleted, or unknown to WorkOS.' },
  } as const,
})

export const SyncHealth = builder.objectRef<Health>('SyncHealth').implement({
  description: 'How well a directory is kept in sync with WorkOS.',
  fields: (t) => ({
    status: t.expose('status', { type: SyncHealthStatus, description: 'The worst of the problems.' }),
    reasons: t.field({
      type: ['String'],
      description: 'What is wrong, in plain words; empty if nothing is.',
      resolve: ({ reasons }) => reasons.map(({ text }) => text),
    }),
    lastEventAt: t.expose('lastEventAt', {
      type: 'DateTime',
      nullable: true,
      description: "When the newest event happened, by WorkOS's clock.",
    }),
    lastSyncedAt: t.expose('lastSyncedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last successful sync run ended; a dry run does not count.',
    }),
    pendingEvents: t.exposeInt('pendingEvents', { description: 'Events waiting to be applied.' }),
    failedEvents: t.exposeInt('failedEvents', {
      description:
        'Events that could not be applied, received since the directory belongs to its current organization.',
    }),
    heldChanges: t.exposeInt('heldChanges', {
      description: 'Changes awaiting approval: removals of a run, and events.',
    }),
    lagSeconds: t.exposeFloat('lagSeconds', {
      description: 'How long the oldest unapplied event has waited; 0 if none waits.',
    }),
    userCount: t.exposeInt('userCount', { description: 'Active and inactive users.' }),
    groupCount: t.exposeInt('groupCount', { description: 'Groups.' }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', description: 'When this was measured.' }),
  }),
})

builder.objectField(Directory, 'health', (t) =>
  t.field({
    type: SyncHealth,
    description: 'How well it is kept in sync.',
    complexity: 20,
    resolve: ({ id }, _args, { loaders }) => loaders.health.load(id),
  }),
)

const notFound = () => coded('NOT_FOUND', 'There is no such directory, or you cannot see it', { path: ['directoryId'] })

builder.subscriptionField('syncHealth', (t) =>
  t.field({
    type: SyncHealth,
    description: 'How well a directory is kept in sync: now, then on each change.',
    args: { directoryId: t.arg.id({ required: true, description: 'The directory.' }) },
    subscribe: async (_root, { directoryId }, { loaders, followHealth, open }) => {
      if ((await loaders.directory.load(directoryId)) === null) throw notFound()
      return followHealth(directoryId, open)
    },
    resolve: async (health: Health, { directoryId }, context) => {
      // By now the directory may be another organization's.
      context.loaders = createLoaders(context)
      if ((await context.loaders.directory.load(directoryId)) === null) throw notFound()
      return health
    },
  }),
)
