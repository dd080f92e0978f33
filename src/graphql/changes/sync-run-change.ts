import type { StoredChange } from '../../changes/read.ts'
import { SyncRun } from '../sync-run.ts'
import { defineChange } from './define-change.ts'
import { idIn } from './id-in.ts'

const idOf = (change: StoredChange) => idIn(change, 'syncRunId')

defineChange('SyncRunChange', {
  description:
    'A sync run of a directory was requested or stopped. `actor` says by whom; what it repairs is recorded as ' +
    'separate changes.',
  kind: 'What was done.',
  fields: (t) => ({
    syncRunId: t.id({ description: "The run's id.", resolve: idOf }),
    syncRun: t.field({
      type: SyncRun,
      nullable: true,
      description: 'The run as it is now.',
      resolve: (change, _args, { loaders }) => loaders.syncRun.load(idOf(change)),
    }),
    dryRun: t.boolean({
      description: 'Whether it only counts what it would do.',
      resolve: ({ detail }) => detail?.dryRun === true,
    }),
  }),
})
