import { reason } from './change-fields.ts'
import { defineChange } from './define-change.ts'

defineChange('EventsChange', {
  description:
    'Events of a directory, or events without one, were replayed or discarded. `actor` says by whom; what a replay ' +
    'changes is recorded as separate changes. With the source RETENTION, failed events were purged.',
  kind: 'What was done.',
  fields: (t) => ({
    count: t.int({ description: 'How many events were affected.', resolve: ({ detail }) => Number(detail?.count) }),
    reason: reason(t, 'Why they were discarded.'),
  }),
})
