import { administerAccounts } from './administer-accounts.ts'
import { builder } from './builder.ts'
import { ForbiddenError, NotFoundError } from './errors.ts'
import { Organization } from './organization.ts'
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
