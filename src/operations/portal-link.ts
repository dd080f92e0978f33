/** What WorkOS's Admin Portal is opened for, in words for its visitors. */
export const PORTAL_PURPOSES = {
  DSYNC: 'connect your directory',
  SSO: 'set up single sign-on',
  AUDIT_LOGS: 'view your audit logs',
  LOG_STREAMS: 'stream your audit logs',
  DOMAIN_VERIFICATION: 'verify your domain',
  CERTIFICATE_RENEWAL: 'renew your SAML certificate',
} as const

export type PortalIntent = keyof typeof PORTAL_PURPOSES

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
