import { builder } from './builder.ts'
import { Directory } from './directory.ts'
import { coded } from './errors.ts'
import { createLoaders } from './loading/loaders.ts'
import type { SyncHealth as Health } from '../stats/health.ts'

const SyncHealthStatus = builder.enumType('SyncHealthStatus', {
  description: 'How well a directory is kept in step: the worst of what is wrong.',
  values: {
    HEALTHY: { description: 'Nothing is wrong.' },
    DEGRADED: {
      description:
        'In step by its events, but something needs a look: failed events, held changes, a run that failed or is overdue, ' +
        'directories that WorkOS does not list.',
    },
    STALLED: {
      description:
        'No completed reading of the Events API for 5 minutes, or an event that has waited for more than one.',
    },
    FAILING: { description: "WorkOS cannot reach the customer's directory." },
    DISCONNECTED: { description: 'The directory is unlinked, deleted, or unknown to WorkOS.' },
  } as const,
})

export const SyncHealth = builder.objectRef<Health>('SyncHealth').implement({
  description: 'How well a directory is kept in step with WorkOS.',
  fields: (t) => ({
    status: t.expose('status', { type: SyncHealthStatus, description: 'The worst of what is wrong.' }),
    reasons: t.field({
      type: ['String'],
      description: 'What is wrong, in plain words; empty where nothing is.',
      resolve: ({ reasons }) => [...reasons],
    }),
    lastEventAt: t.expose('lastEventAt', {
      type: 'DateTime',
      nullable: true,
      description: "When the newest event happened, by WorkOS's clock.",
    }),
    lastSyncedAt: t.expose('lastSyncedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last compared with WorkOS as a whole.',
    }),
    pendingEvents: t.exposeInt('pendingEvents', { description: 'Events that wait to be applied.' }),
    failedEvents: t.exposeInt('failedEvents', {
      description: 'Events that could not be applied, since it belongs to its organization.',
    }),
    heldChanges: t.exposeInt('heldChanges', {
      description: 'What waits for somebody to approve it: removals of a run, and events.',
    }),
    lagSeconds: t.exposeFloat('lagSeconds', {
      description: 'For how long the oldest event has waited that is not applied; 0 where none waits.',
    }),
    userCount: t.exposeInt('userCount', { description: 'Users that are active or inactive.' }),
    groupCount: t.exposeInt('groupCount', { description: 'Groups.' }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', description: 'When this was so.' }),
  }),
})

builder.objectField(Directory, 'health', (t) =>
  t.field({
    type: SyncHealth,
    description: 'How well it is kept in step.',
    complexity: 20,
    resolve: ({ id }, _args, { loaders }) => loaders.health.load(id),
  }),
)

const notFound = () =>
  coded('NOT_FOUND', 'There is no such directory, or none that you may see', { path: ['directoryId'] })

builder.subscriptionField('syncHealth', (t) =>
  t.field({
    type: SyncHealth,
    description: 'How well a directory is kept in step, then each time that this changes.',
    args: { directoryId: t.arg.id({ required: true, description: 'The directory.' }) },
    subscribe: async (_root, { directoryId }, { loaders, followHealth, open }) => {
      if ((await loaders.directory.load(directoryId)) === null) throw notFound()
      return followHealth(directoryId, open)
    },
    resolve: async (health: Health, { directoryId }, context) => {
      // By now the directory may be another organization's.
      context.loaders = createLoaders(context.db, context.viewer)
      if ((await context.loaders.directory.load(directoryId)) === null) throw notFound()
      return health
    },
  }),
)
