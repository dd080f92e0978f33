import { Organization } from '../organization.ts'
import { changedFields, previous } from './change-fields.ts'
import { defineChange } from './define-change.ts'

defineChange('OrganizationChange', {
  description: 'The settings of an organization were changed. `actor` says by whom.',
  kind: 'What happened.',
  fields: (t) => ({
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The organization as it is now.',
      resolve: ({ organizationId }, _args, { loaders }) => loaders.organization.load(organizationId!),
    }),
    changedFields: changedFields(t, 'The changed fields, by schema name.'),
    previous: previous(t),
  }),
})
