import { hasScope } from '../auth/viewer.ts'
import type { SetupInvitation as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import type { Condition, Listing, Order } from './lists/listing.ts'
import { Node, registerNode } from './node.ts'
import { Organization } from './organization.ts'
import { ownRows } from './own-rows.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'
import { PortalIntent } from './portal-link.ts'

const MailStatus = builder.enumType('MailStatus', {
  description: 'The delivery status of a mail.',
  values: {
    PENDING: { description: 'Waiting to be sent or retried.' },
    SENT: { description: 'The mail server has accepted it.' },
    LOGGED: { description: 'No mail server is configured: in development, see /dev/mail.' },
    FAILED: { description: 'The mail server refused it, or did not accept it for too long.' },
    CANCELLED: { description: 'It was no longer needed before it was sent.' },
  } as const,
})

export const SetupInvitation = builder.prismaObject('SetupInvitation', {
  description: "A link mailed to a customer's IT admin that opens WorkOS's Admin Portal each time they follow it.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `setup_invitation_…`.' }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The customer to set up.',
      resolve: ({ organizationId }, _args, { loaders }) => loaders.organization.load(organizationId),
    }),
    email: t.exposeString('email', { description: 'The address it was mailed to.' }),
    intent: t.expose('intent', { type: PortalIntent, description: 'What the portal is opened for.' }),
    url: t.string({
      nullable: true,
      description:
        'The link itself, as sent in the mail. Shown only once, in the response to `sendSetupInvitation`; null ' +
        'afterwards.',
      resolve: (invitation) => ('url' in invitation && typeof invitation.url === 'string' ? invitation.url : null),
    }),
    createdBy: t.exposeString('createdBy', { description: 'Who sent the invitation: the id of a viewer.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the link expires.' }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true, description: 'When it was revoked.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last opened the portal.',
    }),
    uses: t.exposeInt('uses', { description: 'How often it opened the portal.' }),
    mailStatus: t.field({
      type: MailStatus,
      nullable: true,
      description: 'The delivery status of its mail; null once that was purged.',
      resolve: async ({ mailId }, _args, { loaders }) =>
        mailId === null ? null : ((await loaders.mail.load(mailId))?.status ?? null),
    }),
    sentAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the mail server accepted its mail; null if it has not, or once that was purged.',
      resolve: async ({ mailId }, _args, { loaders }) => {
        const mail = mailId === null ? null : await loaders.mail.load(mailId)
        return mail?.status === 'SENT' ? mail.finishedAt : null
      },
    }),
  }),
})

registerNode({
  prefix: 'setup_invitation_',
  load: async (id, { loaders, viewer }) => {
    const invitation = hasScope(viewer, 'portal:write') ? await loaders.setupInvitation.load(id) : null
    return invitation && SetupInvitation.addBrand(invitation)
  },
})

const SetupInvitationConnection = connectionType('SetupInvitation', SetupInvitation)

const LISTING: Listing = {
  from: 'setup_invitation x',
  columns: `
    x.id, x.organization_id as "organizationId", x.email, x.intent, x.mail_id as "mailId", x.created_by as "createdBy",
    x.created_at as "createdAt", x.expires_at as "expiresAt", x.revoked_at as "revokedAt",
    x.last_used_at as "lastUsedAt", x.uses`,
  parent: null,
}
const BY_ID: Order = { name: 'ID', column: 'x.id', type: 'text', descending: false, unique: true }

const SetupInvitationFilter = builder.inputType('SetupInvitationFilter', {
  description: 'Filters invitations. Omitted fields do not restrict.',
  fields: (t) => ({ organizationId: t.id({ description: 'Only those for this organization.' }) }),
})

builder.queryField('setupInvitations', (t) =>
  t.field({
    type: SetupInvitationConnection,
    authScopes: { scope: 'portal:write' },
    skipTypeScopes: true,
    description: 'Setup invitations, including expired and revoked ones, oldest first. Needs the scope `portal:write`.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: SetupInvitationFilter, description: 'Filters the result.' }),
    },
    complexity: pageCost,
    resolve: (_root, args, context) => {
      const wanted = args.filter?.organizationId
      const chosen: Condition[] = wanted == null ? [] : [{ sql: 'x.organization_id = ?', value: wanted }]
      const conditions = [...ownRows(context.viewer), ...chosen]
      return readConnection<Model>(context, { listing: LISTING, conditions, order: BY_ID, parentId: null, args })
    },
  }),
)
