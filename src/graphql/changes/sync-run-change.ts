import type { StoredChange } from '../../changes/read.ts'
import { builder } from '../builder.ts'
import { SyncRunChangeKind } from './change-kinds.ts'
import { Change } from './change-type.ts'
import { ownKind } from './own-kinds.ts'
import { SyncRun } from '../sync-run.ts'

const idOf = ({ detail }: StoredChange) => detail!.syncRunId as string

builder.objectRef<StoredChange>('SyncRunChange').implement({
  description:
    'A sync run of a directory was requested or stopped. `actor` says by whom; what it repairs is recorded as ' +
    'separate changes.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: SyncRunChangeKind,
      description: 'What was done.',
      resolve: ownKind('SyncRunChange'),
    }),
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
