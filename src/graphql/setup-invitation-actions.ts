import type { SetupInvitation as Model } from '../generated/prisma/client.ts'
import type { Issue } from '../operations/refusal.ts'
import type { SetupInvitationOutcome } from '../operations/setup-invitation.ts'
import { UpstreamError } from '../operations/upstream-error.ts'
import { isMailbox } from '../text/mailbox.ts'
import { act } from './act.ts'
import { administratorOf } from './administrator.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, NotFoundError, RateLimitedError, ValidationError } from './errors.ts'
import { findLinkIssues, PortalIntent } from './portal-link.ts'
import { requireScope } from './require-scope.ts'
import { SetupInvitation } from './setup-invitation.ts'

const SendSetupInvitationInput = builder.inputType('SendSetupInvitationInput', {
  description: 'The invitation to mail.',
  fields: (t) => ({
    organizationId: t.id({
      required: true,
      description: "WorkOS's id of the organization: `org_…`. It need not have a directory yet.",
    }),
    email: t.string({ required: true, description: 'The address of the IT admin who will do the setup.' }),
    intent: t.field({
      type: PortalIntent,
      required: true,
      defaultValue: 'DSYNC',
      description: 'What the portal is opened for.',
    }),
    returnUrl: t.string({ description: 'As for `generatePortalLink`.' }),
    successUrl: t.string({ description: 'As for `generatePortalLink`.' }),
  }),
})

const RevokeSetupInvitationInput = builder.inputType('RevokeSetupInvitationInput', {
  description: 'The invitation to revoke.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id: `setup_invitation_…`.' }) }),
})

function check(input: typeof SendSetupInvitationInput.$inferInput): void {
  const issues: Issue[] = findLinkIssues(input)
  if (!isMailbox(input.email)) issues.push({ path: ['input', 'email'], message: 'must be a single e-mail address' })
  if (issues.length > 0) throw new ValidationError(...issues)
}

async function invitationOf(
  { loaders }: Context,
  outcome: SetupInvitationOutcome,
  organizationId: string,
): Promise<Model & { url: string }> {
  switch (outcome.kind) {
    case 'sent':
      return { ...(await loaders.setupInvitation.load(outcome.id))!, url: outcome.url }
    case 'unknown-organization':
      throw new NotFoundError('organization', organizationId)
    case 'too-many': {
      const what = outcome.of === 'email' ? 'This address' : 'This organization'
      throw new RateLimitedError(`${what} has received too many invitations within an hour`, outcome.retryAt)
    }
    case 'not-set-up':
      throw new ConflictError(
        `This server cannot mail links: ${outcome.setting} is not set. Use generatePortalLink instead`,
      )
  }
}

builder.mutationFields((t) => ({
  sendSetupInvitation: t.field({
    type: SetupInvitation,
    description:
      "Mails a customer's IT admin a link that opens WorkOS's Admin Portal each time they follow it, until it " +
      'expires or is revoked. Needs the scope `portal:write`.',
    errors: {
      types: [NotFoundError, ValidationError, ForbiddenError, ConflictError, RateLimitedError, UpstreamError],
      union: { name: 'SendSetupInvitationResult', description: 'The invitation, or why there is none.' },
    },
    args: {
      input: t.arg({ type: SendSetupInvitationInput, required: true, description: 'Whom to invite, and to what.' }),
    },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'portal:write')
      check(input)
      const { viewer } = context
      const { organizationId, email, intent, returnUrl = null, successUrl = null } = input
      // Law 8: another organization is treated as nonexistent, and WorkOS is not even called.
      if (viewer.organizationId !== null && viewer.organizationId !== organizationId)
        throw new NotFoundError('organization', organizationId)
      const request = { organizationId, email, intent, returnUrl, successUrl, actor: viewer.id }
      const asked = { ...request, viewerOrganizationId: viewer.organizationId }
      const outcome = await act(context, ({ sendSetupInvitation }) => sendSetupInvitation(asked))
      return invitationOf(context, outcome, organizationId)
    },
  }),
  revokeSetupInvitation: t.field({
    type: SetupInvitation,
    description:
      'Revokes an invitation: its link stops working, and its mail is not sent if it has not been already. Portal ' +
      'links that it has created expire within five minutes. Needs the scope `portal:write`.',
    errors: {
      types: [NotFoundError, ForbiddenError],
      union: { name: 'RevokeSetupInvitationResult', description: 'The invitation, or why it was not revoked.' },
    },
    args: {
      input: t.arg({ type: RevokeSetupInvitationInput, required: true, description: 'The invitation to revoke.' }),
    },
    resolve: async (_root, { input: { id } }, context) => {
      const by = administratorOf(context, 'portal:write')
      const found = await act(context, ({ revokeSetupInvitation }) => revokeSetupInvitation(id, by))
      const invitation = found ? await context.loaders.setupInvitation.load(id) : null
      if (invitation === null) throw new NotFoundError('setup invitation', id)
      return invitation
    },
  }),
}))
