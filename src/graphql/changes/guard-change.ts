import { numberIn } from './number-in.ts'
import { SyncRun } from '../sync-run.ts'
import { reason } from './change-fields.ts'
import { defineChange } from './define-change.ts'

defineChange('GuardChange', {
  description:
    'The guard stopped a sync run, or a burst of events, that would have removed too much at once; or what it had ' +
    'stopped was approved or rejected, and `actor` says by whom. What changes as a result is recorded as separate ' +
    'changes.',
  kind: 'What happened.',
  fields: (t) => ({
    reason: reason(t, 'Why it was stopped, in plain words; null for a decision.'),
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
