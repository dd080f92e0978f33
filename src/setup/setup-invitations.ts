import type { GeneratePortalLinkFor } from '../operations/portal-link.ts'
import type { RevokeSetupInvitation, SendSetupInvitation } from '../operations/setup-invitation.ts'
import { createGenerateLink } from './generate-link.ts'
import { createInvitations, type Invitations } from './open-invitation.ts'
import { createRevokeInvitation } from './revoke-invitation.ts'
import { createSendInvitation, type SendInvitationOptions } from './send-invitation.ts'

/** All operations on invitations, for senders and recipients, and on links without one. */
export interface SetupInvitations extends Invitations {
  readonly generateLink: GeneratePortalLinkFor
  readonly send: SendSetupInvitation
  readonly revoke: RevokeSetupInvitation
}

export function createSetupInvitations(options: SendInvitationOptions): SetupInvitations {
  const { db, generatePortalLink, now } = options
  return {
    ...createInvitations({ pool: db.pool, generatePortalLink, now }),
    generateLink: createGenerateLink({ db, generatePortalLink, now }),
    send: createSendInvitation(options),
    revoke: createRevokeInvitation({ db, now }),
  }
}
