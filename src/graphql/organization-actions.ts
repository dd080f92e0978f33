import type { StoredChange } from '../changes/read.ts'
import { administerAccounts } from './administer-accounts.ts'
import { builder } from './builder.ts'
import { OrganizationChangeKind } from './changes/change-kinds.ts'
import { Change } from './changes/change-type.ts'
import { ForbiddenError, NotFoundError } from './errors.ts'
import { Organization } from './organization.ts'
import { ownKind } from './changes/own-kinds.ts'
import { previousField } from './changes/previous-field.ts'
import { requireScope } from './require-scope.ts'

builder.objectField(Organization, 'linkByEmail', (t) =>
  t.exposeBoolean('linkByEmail', {
    description:
      'Whether a new directory user is linked to the only account with the same verified address, provided the ' +
      'account has no directory user yet.',
  }),
)

const UpdateOrganizationInput = builder.inputType('UpdateOrganizationInput', {
  description: 'Settings of an organization. Omitted fields keep their value.',
  fields: (t) => ({
    organizationId: t.id({ required: true, description: "WorkOS's id: `org_…`." }),
    linkByEmail: t.boolean({
      description:
        'Whether new users of its directories are linked to its accounts by e-mail address. For existing users, ' +
        'use `linkUsersByEmail`.',
    }),
  }),
})

builder.mutationField('updateOrganization', (t) =>
  t.field({
    type: Organization,
    description:
      'Changes how directory users and accounts of an organization are linked. Needs the scopes `accounts:write` ' +
      'and `directory:read`.',
    errors: {
      types: [NotFoundError, ForbiddenError],
      union: { name: 'UpdateOrganizationResult', description: 'The organization, or why nothing was changed.' },
    },
    args: { input: t.arg({ type: UpdateOrganizationInput, required: true, description: 'The settings.' }) },
    resolve: async (_root, { input: { organizationId, linkByEmail } }, context) => {
      requireScope(context, 'directory:read') // the organization gives access to everything it has
      const change = linkByEmail == null ? {} : { linkByEmail }
      await administerAccounts(context, (accounts, by) => accounts.updateOrganization(organizationId, change, by))
      const organization = await context.loaders.organization.load(organizationId)
      if (organization === null) throw new NotFoundError('organization', organizationId)
      return organization
    },
  }),
)

builder.objectRef<StoredChange>('OrganizationChange').implement({
  description: 'The settings of an organization were changed. `actor` says by whom.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: OrganizationChangeKind,
      description: 'What happened.',
      resolve: ownKind('OrganizationChange'),
    }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The organization as it is now.',
      resolve: ({ organizationId }, _args, { loaders }) => loaders.organization.load(organizationId!),
    }),
    changedFields: t.exposeStringList('changedFields', { description: 'The changed fields, by schema name.' }),
    previous: t.field(previousField()),
  }),
})
