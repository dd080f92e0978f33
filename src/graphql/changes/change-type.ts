import type { Discontinuity } from '../../changes/feed-reader.ts'
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
import { askedOfOne } from '../lists/asked-of-one.ts'
import { previousField } from './previous-field.ts'
import { ownKind, typeOfChange } from './own-kinds.ts'

export type ChangeShape = StoredChange | Discontinuity

export const isBreak = (change: ChangeShape): change is Discontinuity => 'discontinuity' in change

export const Change = builder.interfaceRef<ChangeShape>('Change').implement({
  description:
    'Something that happened, in the one order in which it was recorded. After a restart or a lost connection, ' +
    'pass the `cursor` of the last change you have processed as `after`: nothing is missed or repeated.',
  resolveType: (change) => (isBreak(change) ? 'DiscontinuityChange' : typeOfChange(change)),
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
        'what a caller, retention or a webhook endpoint did, what the guard held, and a DiscontinuityChange.',
      resolve: (change) => (isBreak(change) ? change.at : change.occurredAt),
    }),
    recordedAt: t.field({
      type: 'DateTime',
      description: 'When it was recorded here.',
      resolve: (change) => (isBreak(change) ? change.at : change.recordedAt),
    }),
  }),
})

const changedFields = 'The changed fields, by schema name; empty if the kind says it all.'
const previous =
  'The previous values of the changed fields, by name; for custom attributes, only those that changed. Raw ' +
  'attributes are omitted.'

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
  description: 'A directory user appeared or changed, or their access must be denied.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: DirectoryUserChangeKind,
      description: 'What happened.',
      resolve: ownKind('DirectoryUserChange'),
    }),
    directoryUserId: t.id({
      description: "The user's id, even after they were purged.",
      resolve: ({ directoryUserId }) => directoryUserId!,
    }),
    directoryUser: t.field({
      type: DirectoryUser,
      nullable: true,
      description: "The user's current state, which may be later than this change; null once purged.",
      resolve: ({ directoryUserId }, _args, { loaders }, info) =>
        loaders.asked('directoryUser', askedOfOne(info)).load(directoryUserId!),
    }),
    changedFields: t.exposeStringList('changedFields', { description: changedFields }),
    previous: t.field(previousField(previous)),
  }),
})

builder.objectRef<StoredChange>('DirectoryGroupChange').implement({
  description: 'A group appeared, changed or was deleted.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: DirectoryGroupChangeKind,
      description: 'What happened.',
      resolve: ownKind('DirectoryGroupChange'),
    }),
    directoryGroupId: t.id({
      description: "The group's id, even after it was purged.",
      resolve: ({ directoryGroupId }) => directoryGroupId!,
    }),
    directoryGroup: t.field({
      type: DirectoryGroup,
      nullable: true,
      description: "The group's current state, which may be later than this change; null once purged.",
      resolve: ({ directoryGroupId: groupId }, _args, { loaders }) => loaders.directoryGroup.load(groupId!),
    }),
    changedFields: t.exposeStringList('changedFields', { description: changedFields }),
    previous: t.field(previousField(previous)),
  }),
})

builder.objectRef<StoredChange>('MembershipChange').implement({
  description: 'A user became a member of a group, or is no longer one.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: MembershipChangeKind,
      description: 'What happened.',
      resolve: ownKind('MembershipChange'),
    }),
    directoryUserId: t.id({ description: "The user's id.", resolve: ({ directoryUserId }) => directoryUserId! }),
    directoryUser: t.field({
      type: DirectoryUser,
      nullable: true,
      description: "The user's current state; null once purged.",
      resolve: ({ directoryUserId }, _args, { loaders }, info) =>
        loaders.asked('directoryUser', askedOfOne(info)).load(directoryUserId!),
    }),
    directoryGroupId: t.id({ description: "The group's id.", resolve: ({ directoryGroupId }) => directoryGroupId! }),
    directoryGroup: t.field({
      type: DirectoryGroup,
      nullable: true,
      description: "The group's current state; null once purged.",
      resolve: ({ directoryGroupId: groupId }, _args, { loaders }) => loaders.directoryGroup.load(groupId!),
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
