import type { Administrator } from './administrator.ts'
import type { PortalLinkRequest } from './portal-link.ts'

export interface SetupInvitationRequest extends PortalLinkRequest {
  /** Who is invited. */
  readonly email: string
  /** Who invites. */
  readonly actor: string
  /** What the inviter may see: they must not learn how often an address was invited elsewhere. Null: everything. */
  readonly viewerOrganizationId: string | null
}

/** The outcome. The link's address appears only here and in the mail. */
export type SetupInvitationOutcome =
  | { readonly kind: 'sent'; readonly id: string; readonly url: string }
  | { readonly kind: 'unknown-organization' }
  | { readonly kind: 'too-many'; readonly of: 'organization' | 'email'; readonly retryAt: Date }
  /** The server has no way to send mail, or does not know its own address. */
  | { readonly kind: 'not-set-up'; readonly setting: 'SMTP_URL' | 'PUBLIC_URL' }

/** Mails a durable link that leads to WorkOS's Admin Portal. Throws UpstreamError if WorkOS cannot be asked. */
export type SendSetupInvitation = (request: SetupInvitationRequest) => Promise<SetupInvitationOutcome>

/** Revokes a link, and its mail if that has not been sent yet. Returns whether there is one that `by` may revoke. */
export type RevokeSetupInvitation = (id: string, by: Administrator) => Promise<boolean>
