import type pg from 'pg'
import type { GeneratePortalLink, PortalIntent } from '../operations/portal-link.ts'
import { hashToken, isToken } from '../text/token.ts'

/** An invitation's link is the public address, this path and its token. */
export const SETUP_PATH = '/setup'

/** What a link is for, as shown to its holder. */
export interface OpenInvitation {
  readonly intent: PortalIntent
  readonly organizationName: string | null
  readonly expiresAt: Date
}

type Click =
  | { readonly kind: 'portal'; readonly url: string }
  /** Unknown, expired, revoked, or for an organization unknown to WorkOS; which one is not revealed. */
  | { readonly kind: 'dead' }
  | { readonly kind: 'too-many'; readonly retryAfterS: number }

export interface Invitations {
  /** Returns what a token is for; null if it is not valid. Changes nothing. */
  look(token: string): Promise<OpenInvitation | null>
  /** Creates a link to the portal. Throws UpstreamError. */
  click(token: string): Promise<Click>
}

interface InvitationsOptions {
  readonly pool: pg.Pool
  readonly generatePortalLink: GeneratePortalLink
  readonly now: () => Date
}

/** The most clicks per link and minute that reach WorkOS. */
const MAX_CLICKS = 10
const MINUTE_MS = 60_000

export function createInvitations({ pool, generatePortalLink, now }: InvitationsOptions): Invitations {
  return {
    async look(token) {
      if (!isToken(token)) return null
      const { rows } = await pool.query<OpenInvitation>(
        `select i.intent, o.name as "organizationName", i.expires_at as "expiresAt"
         from setup_invitation i join organization o on o.id = i.organization_id
         where i.token_hash = $1 and i.revoked_at is null and i.expires_at > $2`,
        [hashToken(token), now()],
      )
      return rows[0] ?? null
    },
    async click(token) {
      const clicked = isToken(token) ? await countClick(pool, token, now()) : null
      if (clicked === null) return { kind: 'dead' }
      const { id, clicks, clicksSince, ...request } = clicked
      if (clicks > MAX_CLICKS) {
        const rest = clicksSince.getTime() + MINUTE_MS - now().getTime()
        return { kind: 'too-many', retryAfterS: Math.max(1, Math.ceil(rest / 1000)) }
      }
      const link = await generatePortalLink(request)
      if (link === null) return { kind: 'dead' }
      await pool.query('update setup_invitation set uses = uses + 1, last_used_at = $2 where id = $1', [id, now()])
      return { kind: 'portal', url: link.url }
    },
  }
}

interface Clicked {
  readonly id: string
  readonly clicks: number
  readonly clicksSince: Date
  readonly organizationId: string
  readonly intent: PortalIntent
  readonly returnUrl: string | null
  readonly successUrl: string | null
}

// In one statement, so that concurrent clicks are counted one after another, across instances.
async function countClick(pool: pg.Pool, token: string, now: Date): Promise<Clicked | null> {
  const { rows } = await pool.query<Clicked>(
    `update setup_invitation
     set clicks = case when clicks_since > $3 then clicks + 1 else 1 end,
         clicks_since = case when clicks_since > $3 then clicks_since else $2 end
     where token_hash = $1 and revoked_at is null and expires_at > $2
     returning id, clicks, clicks_since as "clicksSince", organization_id as "organizationId", intent,
               return_url as "returnUrl", success_url as "successUrl"`,
    [hashToken(token), now, new Date(now.getTime() - MINUTE_MS)],
  )
  return rows[0] ?? null
}
