import { isOrganizationId, NOT_AN_ORGANIZATION } from '../operations/organization-id.ts'
import type { PortalLink as Shape } from '../operations/portal-link.ts'
import type { Issue } from '../operations/refusal.ts'
import { UpstreamError } from '../operations/upstream-error.ts'
import { act } from './act.ts'
import { builder } from './builder.ts'
import { ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { requireScope } from './require-scope.ts'

export const PortalIntent = builder.enumType('PortalIntent', {
  description: "What WorkOS's Admin Portal is opened for. A link gives access to this only.",
  values: {
    DSYNC: { description: 'Connecting a directory.' },
    SSO: { description: 'Connecting single sign-on.' },
    AUDIT_LOGS: { description: 'Reading audit logs.' },
    LOG_STREAMS: { description: 'Streaming audit logs elsewhere.' },
    DOMAIN_VERIFICATION: { description: 'Verifying ownership of a domain.' },
    CERTIFICATE_RENEWAL: { description: 'Renewing a SAML certificate.' },
  } as const,
})

const PortalLink = builder.objectRef<Shape>('PortalLink').implement({
  description: "A link that lets anyone who has it set up one organization in WorkOS's Admin Portal.",
  fields: (t) => ({
    url: t.exposeString('url', {
      description:
        'Where to redirect an IT admin immediately. Do not mail or store it: it expires soon and cannot be revoked.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When it expires: five minutes after its creation.',
    }),
    intent: t.expose('intent', { type: PortalIntent, description: 'What it is for.' }),
  }),
})

const GeneratePortalLinkInput = builder.inputType('GeneratePortalLinkInput', {
  description: 'The link to create.',
  fields: (t) => ({
    organizationId: t.id({
      required: true,
      description: "WorkOS's id of the organization: `org_…`. It need not have a directory yet.",
    }),
    intent: t.field({ type: PortalIntent, required: true, description: 'What the portal is opened for.' }),
    returnUrl: t.string({
      description: 'The HTTPS target of the logo in the portal; defaults to the setting in the WorkOS dashboard.',
    }),
    successUrl: t.string({
      description:
        'The HTTPS page where the admin is sent once setup is complete; defaults to the setting in the WorkOS ' +
        'dashboard.',
    }),
  }),
})

/** Returns what is wrong with the input for a link. */
export function findLinkIssues({
  organizationId,
  returnUrl,
  successUrl,
}: Pick<typeof GeneratePortalLinkInput.$inferInput, 'organizationId' | 'returnUrl' | 'successUrl'>): Issue[] {
  const issues: Issue[] = []
  if (!isOrganizationId(organizationId)) {
    issues.push({ path: ['input', 'organizationId'], message: NOT_AN_ORGANIZATION })
  }
  for (const [name, url] of Object.entries({ returnUrl, successUrl })) {
    if (url != null && !isHttps(url))
      issues.push({ path: ['input', name], message: 'must be a URL that begins with https://' })
  }
  return issues
}

// `URL` alone would accept `https:host` and surrounding spaces, which others may not.
function isHttps(url: string): boolean {
  return /^https:\/\/[^\s/]\S*$/i.test(url) && URL.canParse(url)
}

builder.mutationField('generatePortalLink', (t) =>
  t.field({
    type: PortalLink,
    description:
      "Creates a link to WorkOS's Admin Portal, where an IT admin connects their directory. Needs the scope " +
      '`portal:write`.',
    errors: {
      types: [NotFoundError, ValidationError, ForbiddenError, UpstreamError],
      union: { name: 'GeneratePortalLinkResult', description: 'The link, or why there is none.' },
    },
    args: { input: t.arg({ type: GeneratePortalLinkInput, required: true, description: 'The link to create.' }) },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'portal:write')
      const issues = findLinkIssues(input)
      if (issues.length > 0) throw new ValidationError(...issues)
      const { organizationId, intent, returnUrl = null, successUrl = null } = input
      // Law 8: another organization is treated as nonexistent, and WorkOS is not even called.
      const { viewer } = context
      const isTheirs = viewer.organizationId === null || viewer.organizationId === organizationId
      const request = { organizationId, intent, returnUrl, successUrl }
      const link = isTheirs
        ? await act(context, (operations) => operations.generatePortalLink(request, viewer.id))
        : null
      if (link === null) throw new NotFoundError('organization', organizationId)
      return link
    },
  }),
)
