import { changedFields, previous } from './change-fields.ts'
import { defineChange } from './define-change.ts'

defineChange('AttributeMappingChange', {
  description:
    'An attribute of the users of a directory is read from elsewhere. `actor` says who changed this. A ' +
    'DirectoryUserChange follows for each user whose value changed.',
  kind: 'What happened.',
  fields: (t) => ({
    attribute: t.string({
      description: 'A field of `UserAttributes`.',
      resolve: ({ detail }) => detail?.attribute as string,
    }),
    pointers: t.field({
      type: ['String'],
      description: 'Where it is read from after this change.',
      resolve: ({ detail }) => detail?.pointers as string[],
    }),
    overridden: t.boolean({
      description: "Whether the directory then overrode its provider's pointers.",
      resolve: ({ detail }) => detail?.overridden === true,
    }),
    changedFields: changedFields(t, 'Which of `pointers` and `overridden` changed.'),
    previous: previous(t),
  }),
})
