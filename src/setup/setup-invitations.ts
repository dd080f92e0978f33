import type { RevokeSetupInvitation, SendSetupInvitation } from '../directory/setup-invitation.ts'
import { createInvitations, type Invitations } from './open-invitation.ts'
import { createRevokeInvitation } from './revoke-invitation.ts'
import { createSendInvitation, type SendInvitationOptions } from './send-invitation.ts'

/** All that is done with invitations: by who invites, and by who is invited. */
export interface SetupInvitations extends Invitations {
  readonly send: SendSetupInvitation
  readonly revoke: RevokeSetupInvitation
}

export function createSetupInvitations(options: SendInvitationOptions): SetupInvitations {
  const { db, generatePortalLink, now } = options
  return {
    ...createInvitations({ pool: db.pool, generatePortalLink, now }),
    send: createSendInvitation(options),
    revoke: createRevokeInvitation({ db, now }),
  }
}
