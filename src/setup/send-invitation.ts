import { ulid } from 'ulid'
import { byHand } from '../changes/by-hand.ts'
import { tellAct } from '../changes/tell-act.ts'
import { lockExclusive, lockNames } from '../db/advisory-lock.ts'
import type { Database, Queryable, Tx } from '../db/database.ts'
import { ensureOrganization } from '../db/ensure-organization.ts'
import { onlyRow } from '../db/only-row.ts'
import { inTransaction } from '../db/transaction.ts'
import type { QueueMail } from '../mail/queue-mail.ts'
import { PORTAL_PURPOSES, type GeneratePortalLink } from '../operations/portal-link.ts'
import type {
  SendSetupInvitation,
  SetupInvitationOutcome,
  SetupInvitationRequest,
} from '../operations/setup-invitation.ts'
import { createToken, hashToken } from '../text/token.ts'
import { SETUP_PATH } from './open-invitation.ts'

export interface SendInvitationOptions {
  readonly db: Database
  readonly generatePortalLink: GeneratePortalLink
  readonly queueMail: QueueMail
  /** Whether mail is really sent, or can be viewed in development. */
  readonly hasMail: boolean
  /** The address at which clients reach this server; null if unknown. */
  readonly publicUrl: () => string | null
  readonly lifetimeMs: number
  /** The most invitations per hour for one organization, and to one address. */
  readonly perHour: number
  readonly now: () => Date
}

export function createSendInvitation(options: SendInvitationOptions): SendSetupInvitation {
  const { db, generatePortalLink, hasMail, publicUrl } = options
  return async (request) => {
    if (!hasMail) return { kind: 'not-set-up', setting: 'SMTP_URL' }
    const base = publicUrl()
    if (base === null) return { kind: 'not-set-up', setting: 'PUBLIC_URL' }
    const limited = await findLimit(db.pool, request, options)
    if (limited !== null) return limited
    // This link is discarded: problems with the organization or the addresses show up now, and not for the admin.
    if ((await generatePortalLink(request)) === null) return { kind: 'unknown-organization' }
    return inTransaction(db.pool, async (tx) => {
      // One at a time, across all instances: otherwise two could both be the last one allowed.
      await lockExclusive(tx, lockNames.setupInvitations)
      return (await findLimit(tx, request, options)) ?? invite(tx, request, base, options)
    })
  }
}

const HOUR_MS = 3_600_000

async function findLimit(
  db: Queryable,
  { organizationId, email, viewerOrganizationId }: SetupInvitationRequest,
  { perHour, now }: SendInvitationOptions,
): Promise<SetupInvitationOutcome | null> {
  const { rows } = await db.query<{ of: 'organization' | 'email'; count: number; first: Date }>(
    `select 'organization' as of, count(*) as count, min(created_at) as first
     from setup_invitation where created_at > $1 and organization_id = $2
     union all
     select 'email', count(*), min(created_at)
     from setup_invitation where created_at > $1 and lower(email) = lower($3) and ($4::text is null or organization_id = $4)`,
    [new Date(now().getTime() - HOUR_MS), organizationId, email, viewerOrganizationId],
  )
  const full = rows.find(({ count }) => count >= perHour)
  return full === undefined
    ? null
    : { kind: 'too-many', of: full.of, retryAt: new Date(full.first.getTime() + HOUR_MS) }
}

async function invite(
  tx: Tx,
  { organizationId, email, intent, returnUrl, successUrl, actor }: SetupInvitationRequest,
  base: string,
  { queueMail, lifetimeMs, now }: SendInvitationOptions,
): Promise<SetupInvitationOutcome> {
  const id = `setup_invitation_${ulid()}`
  const token = createToken()
  const url = new URL(`${base.replace(/\/+$/, '')}${SETUP_PATH}/${token}`)
  const createdAt = now()
  const expiresAt = new Date(createdAt.getTime() + lifetimeMs)
  await ensureOrganization(tx, organizationId)
  const organization = await tx.query<{ name: string | null }>('select name from organization where id = $1', [
    organizationId,
  ])
  const mailId = await queueMail(tx, {
    kind: 'SETUP_INVITATION',
    key: id,
    to: email,
    values: {
      organization: onlyRow(organization).name ?? 'your organization',
      purpose: PORTAL_PURPOSES[intent],
      url,
      expires: expiresAt.toISOString().slice(0, 10),
    },
  })
  await tx.query(
    `insert into setup_invitation (id, organization_id, email, intent, return_url, success_url, token_hash, mail_id,
                                   created_by, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [id, organizationId, email, intent, returnUrl, successUrl, hashToken(token), mailId, actor, createdAt, expiresAt],
  )
  const detail = { setupInvitationId: id, intent }
  await tellAct(tx, byHand({ actor }, createdAt), { kind: 'SETUP_INVITATION_SENT', organizationId, detail })
  return { kind: 'sent', id, url: url.href }
}
