import type { StoredChange } from '../../changes/read.ts'
import { builder } from '../builder.ts'
import { EventsChangeKind } from './change-kinds.ts'
import { Change } from './change-type.ts'
import { ownKind } from './own-kinds.ts'

builder.objectRef<StoredChange>('EventsChange').implement({
  description:
    'Events of a directory, or events without one, were replayed or discarded. `actor` says by whom; what a replay ' +
    'changes is recorded as separate changes. With the source RETENTION, failed events were purged.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: EventsChangeKind,
      description: 'What was done.',
      resolve: ownKind('EventsChange'),
    }),
    count: t.int({ description: 'How many events were affected.', resolve: ({ detail }) => Number(detail?.count) }),
    reason: t.string({
      nullable: true,
      description: 'Why they were discarded.',
      resolve: ({ detail }) => (typeof detail?.reason === 'string' ? detail.reason : null),
    }),
  }),
})
