import type { StoredChange } from '../../changes/read.ts'
import { builder } from '../builder.ts'
import { AttributeMappingChangeKind } from './change-kinds.ts'
import { Change } from './change-type.ts'
import { previousField } from './previous-field.ts'
import { ownKind } from './own-kinds.ts'

builder.objectRef<StoredChange>('AttributeMappingChange').implement({
  description:
    'An attribute of the users of a directory is read from elsewhere. `actor` says who changed this. A ' +
    'DirectoryUserChange follows for each user whose value changed.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: AttributeMappingChangeKind,
      description: 'What happened.',
      resolve: ownKind('AttributeMappingChange'),
    }),
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
    changedFields: t.exposeStringList('changedFields', {
      description: 'Which of `pointers` and `overridden` changed.',
    }),
    previous: t.field(previousField()),
  }),
})
