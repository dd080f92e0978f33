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
  /** Where WorkOS's logo leads; null: as set in its dashboard. */
  readonly returnUrl: string | null
  /** Where the admin is sent after setup; null: as set in its dashboard. */
  readonly successUrl: string | null
}

export interface PortalLink {
  readonly url: string
  readonly expiresAt: Date
  readonly intent: PortalIntent
}

/** Creates a link to the Admin Portal; null if WorkOS does not know the organization. Throws UpstreamError. */
export type GeneratePortalLink = (request: PortalLinkRequest) => Promise<PortalLink | null>

/** The same on behalf of `actor`, which the change log records. */
export type GeneratePortalLinkFor = (request: PortalLinkRequest, actor: string) => Promise<PortalLink | null>
