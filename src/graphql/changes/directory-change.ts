import { previousWithoutOwner } from '../../changes/previous-without-owner.ts'
import type { Json } from '../../directory/objects.ts'
import { changedFields, directoryGroupFields, directoryUser, directoryUserId, previous } from './change-fields.ts'
import { defineChange } from './define-change.ts'

const PREVIOUS =
  'The previous values of the changed fields, by name; for custom attributes, only those that changed. Raw ' +
  'attributes are omitted.'

defineChange('DirectoryChange', {
  description: 'A directory was connected, changed, disconnected or deleted.',
  kind: 'What happened.',
  fields: (t) => ({
    changedFields: changedFields(t),
    previous: t.field({
      type: 'JSON',
      nullable: true,
      description: PREVIOUS,
      resolve: (change, _args, { viewer }) =>
        (viewer.organizationId === null ? change.previous : previousWithoutOwner(change)) as Json,
    }),
  }),
})

defineChange('DirectoryUserChange', {
  description: 'A directory user appeared or changed, or their access must be denied.',
  kind: 'What happened.',
  fields: (t) => ({
    directoryUserId: directoryUserId(t, "The user's id, even after they were purged."),
    directoryUser: directoryUser(t, "The user's current state, which may be later than this change; null once purged."),
    changedFields: changedFields(t),
    previous: previous(t, PREVIOUS),
  }),
})

defineChange('DirectoryGroupChange', {
  description: 'A group appeared, changed or was deleted.',
  kind: 'What happened.',
  fields: (t) => ({
    ...directoryGroupFields(
      t,
      "The group's id, even after it was purged.",
      "The group's current state, which may be later than this change; null once purged.",
    ),
    changedFields: changedFields(t),
    previous: previous(t, PREVIOUS),
  }),
})

defineChange('MembershipChange', {
  description: 'A user became a member of a group, or is no longer one.',
  kind: 'What happened.',
  fields: (t) => ({
    directoryUserId: directoryUserId(t, "The user's id."),
    directoryUser: directoryUser(t, "The user's current state; null once purged."),
    ...directoryGroupFields(t, "The group's id.", "The group's current state; null once purged."),
  }),
})
