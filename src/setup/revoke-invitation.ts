import { byHand } from '../changes/by-hand.ts'
import { tellAct } from '../changes/tell-act.ts'
import type { Database } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { PortalIntent } from '../operations/portal-link.ts'
import type { RevokeSetupInvitation } from '../operations/setup-invitation.ts'

interface RevokeInvitationOptions {
  readonly db: Database
  readonly now: () => Date
}

interface Found {
  readonly organizationId: string
  readonly intent: PortalIntent
  readonly mailId: string | null
  readonly revoked: boolean
}

/** Revokes an invitation, whose link stops working. Revoking it again changes nothing. */
export function createRevokeInvitation({ db, now }: RevokeInvitationOptions): RevokeSetupInvitation {
  return (id, by) =>
    inTransaction(db.pool, async (tx) => {
      const { rows } = await tx.query<Found>(
        `select organization_id as "organizationId", intent, mail_id as "mailId", revoked_at is not null as revoked
         from setup_invitation where id = $1 and ($2::text is null or organization_id = $2) for update`,
        [id, by.organizationId],
      )
      const found = rows[0]
      if (found === undefined || found.revoked) return found !== undefined
      await tx.query('update setup_invitation set revoked_at = $2 where id = $1', [id, now()])
      // A mail that is being sent right now arrives with a dead link, rather than making this wait for the mail server.
      await tx.query(
        `update mail set status = 'CANCELLED', finished_at = now(), text = null, html = null
         where id in (select id from mail where id = $1 and status = 'PENDING' for update skip locked)`,
        [found.mailId],
      )
      const { organizationId, intent } = found
      const detail = { setupInvitationId: id, intent }
      await tellAct(tx, byHand(by, now()), { kind: 'SETUP_INVITATION_REVOKED', organizationId, detail })
      return true
    })
}
