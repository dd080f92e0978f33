import type { StoredChange } from '../../changes/read.ts'
import { builder } from '../builder.ts'
import { GuardChangeKind } from './change-kinds.ts'
import { Change } from './change-type.ts'
import { numberIn } from './number-in.ts'
import { ownKind } from './own-kinds.ts'
import { SyncRun } from '../sync-run.ts'

builder.objectRef<StoredChange>('GuardChange').implement({
  description:
    'The guard stopped a sync run, or a burst of events, that would have removed too much at once; or what it had ' +
    'stopped was approved or rejected, and `actor` says by whom. What changes as a result is recorded as separate ' +
    'changes.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: GuardChangeKind,
      description: 'What happened.',
      resolve: ownKind('GuardChange'),
    }),
    reason: t.string({
      nullable: true,
      description: 'Why it was stopped, in plain words; null for a decision.',
      resolve: ({ detail }) => (typeof detail?.reason === 'string' ? detail.reason : null),
    }),
    users: t.int({
      nullable: true,
      description:
        'How many active users would have been offboarded, including those recently offboarded; null for a decision.',
      resolve: (change) => numberIn(change, 'users'),
    }),
    memberships: t.int({
      nullable: true,
      description: 'How many memberships would have been removed, counted likewise.',
      resolve: (change) => numberIn(change, 'memberships'),
    }),
    events: t.int({
      description: 'How many events were held at that moment (more may follow), or were decided on.',
      resolve: (change) => numberIn(change, 'events') ?? 0,
    }),
    syncRun: t.field({
      type: SyncRun,
      nullable: true,
      description: 'The run that was held or decided on, if any.',
      resolve: ({ detail }, _args, { loaders }) =>
        typeof detail?.syncRunId === 'string' ? loaders.syncRun.load(detail.syncRunId) : null,
    }),
  }),
})
