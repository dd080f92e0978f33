import type { Discontinuity } from '../../changes/feed-reader.ts'
import type { StoredChange } from '../../changes/read.ts'
import { CHANGE_NAMES } from '../../directory/change-kinds.ts'
import { builder } from '../builder.ts'
import { ChangeSource } from './change-kinds.ts'
import { Directory } from '../directory.ts'

export type ChangeShape = StoredChange | Discontinuity

export const isBreak = (change: ChangeShape): change is Discontinuity => 'discontinuity' in change

export const Change = builder.interfaceRef<ChangeShape>('Change').implement({
  description:
    'Something that happened, in the one order in which it was recorded. After a restart or a lost connection, ' +
    'pass the `cursor` of the last change you have processed as `after`: nothing is missed or repeated.',
  resolveType: (change) => (isBreak(change) ? 'DiscontinuityChange' : CHANGE_NAMES[change.kind].typeName),
  fields: (t) => ({
    id: t.id({
      description: 'Identifies the change; the same for every reader.',
      resolve: (change, _args, { cursors }) => `change_${cursors.seal(change)}`,
    }),
    cursor: t.string({
      description: 'Its position in the log. Opaque; does not expire before the change is purged.',
      resolve: (change, _args, { cursors }) => cursors.seal(change),
    }),
    directory: t.field({
      type: Directory,
      nullable: true,
      description: 'The directory it happened in; null if there is none.',
      resolve: (change, _args, { loaders }) => (isBreak(change) ? null : loaders.directory.load(change.directoryId)),
    }),
    source: t.field({
      type: ChangeSource,
      description: 'What caused it. A DiscontinuityChange has RETENTION whatever its `reason`, as a placeholder.',
      resolve: (change) => (isBreak(change) ? 'RETENTION' : change.source),
    }),
    eventId: t.id({
      nullable: true,
      description: 'The WorkOS event that caused it, or the only event that was replayed or discarded.',
      resolve: (change) => (isBreak(change) ? null : change.eventId),
    }),
    actor: t.string({
      nullable: true,
      description:
        "Who did it: the id of the caller's API key or user, or `command line` for `npm run api-key`; null if it was " +
        'not done by a caller.',
      resolve: (change) => (isBreak(change) ? null : change.actor),
    }),
    occurredAt: t.field({
      type: 'DateTime',
      description:
        "When it happened. By WorkOS's clock for what WorkOS reported: the time of the event, or, with the source " +
        'SYNC_RUN, the time at which WorkOS was first asked. By the clock of this server for everything else: ' +
        'what a caller or a webhook endpoint did, what the guard held, and a DiscontinuityChange; for retention, by ' +
        "the database's clock, when the purge began.",
      resolve: (change) => (isBreak(change) ? change.at : change.occurredAt),
    }),
    recordedAt: t.field({
      type: 'DateTime',
      description: 'When it was recorded here.',
      resolve: (change) => (isBreak(change) ? change.at : change.recordedAt),
    }),
  }),
})

const DiscontinuityReason = builder.enumType('DiscontinuityReason', {
  description: 'Why the log cannot be followed without a gap.',
  values: {
    PURGED: { description: 'Changes after your cursor have been purged.' },
    TOO_SLOW: { description: 'You consumed changes more slowly than they arrived for too long.' },
    AHEAD: { description: 'Your cursor is ahead of the log: the database was restored from a backup.' },
  } as const,
})

builder.objectRef<Discontinuity>('DiscontinuityChange').implement({
  description:
    'A declared gap. Reload the current state, then continue from `cursor`; the changes after it follow here too.',
  interfaces: [Change],
  fields: (t) => ({ reason: t.expose('reason', { type: DiscontinuityReason, description: 'Why.' }) }),
})
