import { numberIn } from './number-in.ts'
import { changedFields, previous } from './change-fields.ts'
import { defineChange } from './define-change.ts'

defineChange('DirectoryGuardChange', {
  description:
    'The guard thresholds of a directory were changed: how much may be removed at once. `actor` says by whom.',
  kind: 'What was done.',
  fields: (t) => ({
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
    changedFields: changedFields(t, 'Which of `minimum` and `percent` changed.'),
    previous: previous(t),
  }),
})
