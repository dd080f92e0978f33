/** What WorkOS's Admin Portal is opened for. */
export type PortalIntent =
  | 'DSYNC'
  | 'SSO'
  | 'AUDIT_LOGS'
  | 'LOG_STREAMS'
  | 'DOMAIN_VERIFICATION'
  | 'CERTIFICATE_RENEWAL'

export interface PortalLinkRequest {
  readonly organizationId: string
  readonly intent: PortalIntent
  /** Where WorkOS's logo leads to; null: what its dashboard says. */
  readonly returnUrl: string | null
  /** Where the admin is sent when all is set up; null: what its dashboard says. */
  readonly successUrl: string | null
}

export interface PortalLink {
  readonly url: string
  readonly expiresAt: Date
  readonly intent: PortalIntent
}

/** Makes a link to the Admin Portal; null where WorkOS knows no such organization. Throws UpstreamError. */
export type GeneratePortalLink = (request: PortalLinkRequest) => Promise<PortalLink | null>

/** The same for somebody who asks for it, as the change log says then. */
export type GeneratePortalLinkFor = (request: PortalLinkRequest, actor: string) => Promise<PortalLink | null>
