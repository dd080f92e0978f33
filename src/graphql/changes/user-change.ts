import { User } from '../user.ts'
import { changedFields, directoryUser, previous, reason, roleFields, userFields } from './change-fields.ts'
import { defineChange } from './define-change.ts'

defineChange('UserChange', {
  description: 'An account was created, linked or changed, or its access must be denied.',
  kind: 'What happened.',
  fields: (t) => ({
    ...userFields(t, "The account's current state, which may be later than this change."),
    directoryUser: directoryUser(t, 'The identity that caused it, if any.'),
    reason: reason(t, 'Why it was disabled or enabled.'),
    candidates: t.field({
      type: [User],
      description:
        'Accounts that share the address of a new directory user. None was linked because there are several; use ' +
        '`linkUser` to choose one.',
      complexity: { field: 1, multiplier: 3 },
      resolve: async ({ detail }, _args, { loaders }) => {
        const ids = Array.isArray(detail?.candidates) ? detail.candidates : []
        const accounts = await Promise.all(ids.map((id) => loaders.account.load(id as string)))
        return accounts.filter((account) => account !== null)
      },
    }),
    changedFields: changedFields(t),
    previous: previous(t),
  }),
})

defineChange('RoleAssignmentChange', {
  description: 'An account gained or lost a role.',
  kind: 'What happened.',
  fields: (t) => ({
    ...userFields(t),
    ...roleFields(t),
  }),
})
