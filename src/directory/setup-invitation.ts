import type { Administrator } from './administrator.ts'
import type { PortalLinkRequest } from './portal-link.ts'

export interface SetupInvitationRequest extends PortalLinkRequest {
  /** Who is invited. */
  readonly email: string
  /** Who invites. */
  readonly actor: string
  /** What the inviter may see: how often an address was invited elsewhere is not theirs to know. Null: everything. */
  readonly viewerOrganizationId: string | null
}

/** What became of it. The address of the link is told here, and nowhere else but in the mail. */
export type SetupInvitationOutcome =
  | { readonly kind: 'sent'; readonly id: string; readonly url: string }
  | { readonly kind: 'unknown-organization' }
  | { readonly kind: 'too-many'; readonly of: 'organization' | 'email'; readonly retryAt: Date }
  /** The server has no way to send mail, or does not know its own address. */
  | { readonly kind: 'not-set-up'; readonly setting: 'SMTP_URL' | 'PUBLIC_URL' }

/**
 * Mails somebody a durable link that leads to WorkOS's Admin Portal. Throws UpstreamError where WorkOS cannot be asked.
 */
export type SendSetupInvitation = (request: SetupInvitationRequest) => Promise<SetupInvitationOutcome>

/** Ends a link, and its mail where that has not been sent yet. Gives whether there is one that they may revoke. */
export type RevokeSetupInvitation = (id: string, by: Administrator) => Promise<boolean>
