import type { StoredChange } from '../../changes/read.ts'
import { builder } from '../builder.ts'
import { DirectoryGuardChangeKind } from './change-kinds.ts'
import { Change } from './change-type.ts'
import { numberIn } from './number-in.ts'
import { previousField } from './previous-field.ts'
import { ownKind } from './own-kinds.ts'

builder.objectRef<StoredChange>('DirectoryGuardChange').implement({
  description:
    'The guard thresholds of a directory were changed: how much may be removed at once. `actor` says by whom.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: DirectoryGuardChangeKind,
      description: 'What was done.',
      resolve: ownKind('DirectoryGuardChange'),
    }),
    minimum: t.int({
      nullable: true,
      description: 'The minimum after this change; null for the default in the settings.',
      resolve: (change) => numberIn(change, 'minimum'),
    }),
    percent: t.int({
      nullable: true,
      description: 'The percentage after this change; null for the default in the settings.',
      resolve: (change) => numberIn(change, 'percent'),
    }),
    changedFields: t.exposeStringList('changedFields', { description: 'Which of `minimum` and `percent` changed.' }),
    previous: t.field(previousField()),
  }),
})
