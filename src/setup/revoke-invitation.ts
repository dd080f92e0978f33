import type { Database } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { RevokeSetupInvitation } from '../directory/setup-invitation.ts'

export interface RevokeInvitationOptions {
  readonly db: Database
  readonly now: () => Date
}

/** A link that has been revoked leads nowhere from then on. Revoking it once more changes nothing. */
export function createRevokeInvitation({ db, now }: RevokeInvitationOptions): RevokeSetupInvitation {
  return (id, organizationId) =>
    inTransaction(db.pool, async (tx) => {
      const { rows } = await tx.query<{ mailId: string | null }>(
        `update setup_invitation set revoked_at = coalesce(revoked_at, $3)
         where id = $1 and ($2::text is null or organization_id = $2) returning mail_id as "mailId"`,
        [id, organizationId, now()],
      )
      if (rows[0] === undefined) return false
      // One that is being sent at this moment arrives, with a link that is dead: nobody waits for the mail server.
      await tx.query(
        `update mail set status = 'CANCELLED', finished_at = now(), text = null, html = null
         where id in (select id from mail where id = $1 and status = 'PENDING' for update skip locked)`,
        [rows[0].mailId],
      )
      return true
    })
}
