import type { StoredChange } from '../changes/read.ts'
import type { GuardChangeKind as StoredKind } from '../directory/changes.ts'
import { builder } from './builder.ts'
import { GuardChangeKind } from './change-kinds.ts'
import { Change } from './change-type.ts'
import { SyncRun } from './sync-run.ts'

const KINDS: Record<StoredKind, typeof GuardChangeKind.$inferType> = {
  CHANGES_HELD: 'HELD',
  HELD_CHANGES_APPROVED: 'APPROVED',
  HELD_CHANGES_REJECTED: 'REJECTED',
}

const numberIn = ({ detail }: StoredChange, name: string): number | null =>
  typeof detail?.[name] === 'number' ? detail[name] : null

builder.objectRef<StoredChange>('GuardChange').implement({
  description:
    'The guard stopped a comparison with WorkOS, or a burst of events, that would have taken too much away at once; or ' +
    'somebody decided what becomes of that, and `actor` says who. What then changes comes as changes of its own.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: GuardChangeKind,
      description: 'What happened.',
      resolve: ({ kind }) => KINDS[kind as StoredKind],
    }),
    reason: t.string({
      nullable: true,
      description: 'Why it was stopped, in plain words; null where somebody decided.',
      resolve: ({ detail }) => (typeof detail?.reason === 'string' ? detail.reason : null),
    }),
    users: t.int({
      nullable: true,
      description:
        'How many active users would have been offboarded, those included who were of late; null where somebody decided.',
      resolve: (change) => numberIn(change, 'users'),
    }),
    memberships: t.int({
      nullable: true,
      description: 'How many memberships would have been removed, counted likewise.',
      resolve: (change) => numberIn(change, 'memberships'),
    }),
    events: t.int({
      description: 'Events that were held at that moment, to which more may come, or that were decided on.',
      resolve: (change) => numberIn(change, 'events') ?? 0,
    }),
    syncRun: t.field({
      type: SyncRun,
      nullable: true,
      description: 'The run that was held, or decided on, where one was.',
      resolve: ({ detail }, _args, { loaders }) =>
        typeof detail?.syncRunId === 'string' ? loaders.syncRun.load(detail.syncRunId) : null,
    }),
  }),
})
