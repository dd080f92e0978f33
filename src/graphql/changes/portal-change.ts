import { hasScope } from '../../auth/viewer.ts'
import type { StoredChange } from '../../changes/read.ts'
import type { PortalIntent as Intent } from '../../operations/portal-link.ts'
import { Organization } from '../organization.ts'
import { PortalIntent } from '../portal-link.ts'
import { SetupInvitation } from '../setup-invitation.ts'
import { defineChange } from './define-change.ts'

const invitationOf = ({ detail }: StoredChange): string | null =>
  typeof detail?.setupInvitationId === 'string' ? detail.setupInvitationId : null

defineChange('PortalChange', {
  description:
    "A link to WorkOS's Admin Portal was created, or an invitation to it was mailed or revoked. `actor` says by " +
    'whom; neither the link nor the address is included.',
  kind: 'What was done.',
  fields: (t) => ({
    organizationId: t.id({
      description: "WorkOS's id of the organization being set up, even before it is known here.",
      resolve: ({ organizationId }) => organizationId!,
    }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The organization as it is now; null before it is known here.',
      resolve: ({ organizationId }, _args, { loaders }) => loaders.organization.load(organizationId!),
    }),
    intent: t.field({
      type: PortalIntent,
      description: 'What the portal is opened for.',
      resolve: ({ detail }) => detail!.intent as Intent,
    }),
    setupInvitationId: t.id({
      nullable: true,
      description: "The invitation's id; null for a link created without one.",
      resolve: invitationOf,
    }),
    setupInvitation: t.field({
      type: SetupInvitation,
      nullable: true,
      description: 'The invitation as it is now; null without the scope `portal:write`.',
      resolve: (change, _args, { loaders, viewer }) => {
        const id = invitationOf(change)
        return id !== null && hasScope(viewer, 'portal:write') ? loaders.setupInvitation.load(id) : null
      },
    }),
  }),
})
