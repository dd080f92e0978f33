import type { Discontinuity } from '../../changes/feed.ts'
import type { StoredChange } from '../../changes/read.ts'
import { previousWithoutOwner } from '../../changes/previous-without-owner.ts'
import type { Json } from '../../directory/objects.ts'
import { builder } from '../builder.ts'
import {
  ChangeSource,
  DirectoryChangeKind,
  DirectoryGroupChangeKind,
  DirectoryUserChangeKind,
  MembershipChangeKind,
} from './change-kinds.ts'
import { DirectoryGroup } from '../directory-group.ts'
import { DirectoryUser } from '../directory-user.ts'
import { Directory } from '../directory.ts'
import { ownKind, typeOfChange } from './own-kinds.ts'

export type ChangeShape = StoredChange | Discontinuity

export const isBreak = (change: ChangeShape): change is Discontinuity => 'discontinuity' in change

export const Change = builder.interfaceRef<ChangeShape>('Change').implement({
  description:
    'Something that happened, in the one order in which it was recorded. After a restart or a lost connection, pass the ' +
    '`cursor` of the last one that you have dealt with as `after`, and nothing is missed and nothing comes twice.',
  resolveType: (change) => (isBreak(change) ? 'DiscontinuityChange' : typeOfChange(change)),
  fields: (t) => ({
    id: t.id({
      description: 'The same for the same change, whoever reads it.',
      resolve: ({ position }, _args, { cursors }) => `change_${cursors.seal(position)}`,
    }),
    cursor: t.string({
      description: 'Where it stands in the log. Opaque; does not expire before the change is purged.',
      resolve: ({ position }, _args, { cursors }) => cursors.seal(position),
    }),
    directory: t.field({
      type: Directory,
      nullable: true,
      description: 'The directory that it happened in; null where it is of none.',
      resolve: (change, _args, { loaders }) => (isBreak(change) ? null : loaders.directory.load(change.directoryId)),
    }),
    source: t.field({
      type: ChangeSource,
      description: 'What brought it.',
      resolve: (change) => (isBreak(change) ? 'RETENTION' : change.source),
    }),
    eventId: t.id({
      nullable: true,
      description: 'The event of WorkOS that brought it, or the only one that was replayed or discarded.',
      resolve: (change) => (isBreak(change) ? null : change.eventId),
    }),
    actor: t.string({
      nullable: true,
      description:
        'Who did it, where somebody did: the id of their API key or user, or `command line` for `npm run api-key`.',
      resolve: (change) => (isBreak(change) ? null : change.actor),
    }),
    occurredAt: t.field({
      type: 'DateTime',
      description: "When it happened, by WorkOS's clock.",
      resolve: (change) => (isBreak(change) ? change.at : change.occurredAt),
    }),
    recordedAt: t.field({
      type: 'DateTime',
      description: 'When it was recorded here.',
      resolve: (change) => (isBreak(change) ? change.at : change.recordedAt),
    }),
  }),
})

const changedFields = 'What changed, in the names of the schema; empty where the kind says it all.'
const previous =
  'What the changed fields were before, by name; of custom attributes those that changed. Raw attributes are left out.'

builder.objectRef<StoredChange>('DirectoryChange').implement({
  description: 'A directory was connected, changed, disconnected or deleted.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: DirectoryChangeKind,
      description: 'What happened.',
      resolve: ownKind('DirectoryChange'),
    }),
    changedFields: t.exposeStringList('changedFields', { description: changedFields }),
    previous: t.field({
      type: 'JSON',
      nullable: true,
      description: previous,
      resolve: (change, _args, { viewer }) =>
        (viewer.organizationId === null ? change.previous : previousWithoutOwner(change)) as Json,
    }),
  }),
})

builder.objectRef<StoredChange>('DirectoryUserChange').implement({
  description: 'A user of a directory appeared, changed, or must not be let in any more.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: DirectoryUserChangeKind,
      description: 'What happened.',
      resolve: ownKind('DirectoryUserChange'),
    }),
    directoryUserId: t.id({
      description: "The user's id, also after they were purged.",
      resolve: ({ userId }) => userId!,
    }),
    directoryUser: t.field({
      type: DirectoryUser,
      nullable: true,
      description: 'The user as they are now, which may be later than this change; null once they were purged.',
      resolve: ({ userId }, _args, { loaders }) => loaders.directoryUser.load(userId!),
    }),
    changedFields: t.exposeStringList('changedFields', { description: changedFields }),
    previous: t.field({
      type: 'JSON',
      nullable: true,
      description: previous,
      resolve: (change) => change.previous as Json,
    }),
  }),
})

builder.objectRef<StoredChange>('DirectoryGroupChange').implement({
  description: 'A group appeared, changed or is gone.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: DirectoryGroupChangeKind,
      description: 'What happened.',
      resolve: ownKind('DirectoryGroupChange'),
    }),
    directoryGroupId: t.id({
      description: "The group's id, also after it was purged.",
      resolve: ({ groupId }) => groupId!,
    }),
    directoryGroup: t.field({
      type: DirectoryGroup,
      nullable: true,
      description: 'The group as it is now, which may be later than this change; null once it was purged.',
      resolve: ({ groupId }, _args, { loaders }) => loaders.directoryGroup.load(groupId!),
    }),
    changedFields: t.exposeStringList('changedFields', { description: changedFields }),
    previous: t.field({
      type: 'JSON',
      nullable: true,
      description: previous,
      resolve: (change) => change.previous as Json,
    }),
  }),
})

builder.objectRef<StoredChange>('MembershipChange').implement({
  description: 'A user became a member of a group, or is one no more.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: MembershipChangeKind,
      description: 'What happened.',
      resolve: ownKind('MembershipChange'),
    }),
    directoryUserId: t.id({ description: "The user's id.", resolve: ({ userId }) => userId! }),
    directoryUser: t.field({
      type: DirectoryUser,
      nullable: true,
      description: 'The user as they are now; null once they were purged.',
      resolve: ({ userId }, _args, { loaders }) => loaders.directoryUser.load(userId!),
    }),
    directoryGroupId: t.id({ description: "The group's id.", resolve: ({ groupId }) => groupId! }),
    directoryGroup: t.field({
      type: DirectoryGroup,
      nullable: true,
      description: 'The group as it is now; null once it was purged.',
      resolve: ({ groupId }, _args, { loaders }) => loaders.directoryGroup.load(groupId!),
    }),
  }),
})

const DiscontinuityReason = builder.enumType('DiscontinuityReason', {
  description: 'Why the log cannot be followed without a break.',
  values: {
    PURGED: { description: 'What came after your cursor has been purged.' },
    TOO_SLOW: { description: 'You took changes more slowly than they came, for too long.' },
    AHEAD: { description: 'Your cursor is of a log that reached further: the database was restored from a backup.' },
  } as const,
})

builder.objectRef<Discontinuity>('DiscontinuityChange').implement({
  description:
    'A declared gap. Read what you need as it is now, then go on from `cursor`: what follows it follows here too.',
  interfaces: [Change],
  fields: (t) => ({ reason: t.expose('reason', { type: DiscontinuityReason, description: 'Why.' }) }),
})
