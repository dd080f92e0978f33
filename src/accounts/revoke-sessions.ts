import { appendChanges } from '../changes/append.ts'
import { byHand } from '../changes/by-hand.ts'
import { draftChange } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import type { Administrator } from '../operations/administrator.ts'
import { lockAccount } from '../roles/lock-account.ts'
import { queueRevocations } from './queue-revocations.ts'

/**
 * Ends an account's sessions: tokens issued until now are refused, and their end at AuthKit is queued. Throws Refusal.
 */
export async function revokeSessions(tx: Tx, accountId: string, by: Administrator, now: Date): Promise<void> {
  const { organizationId } = await lockAccount(tx, accountId, by)
  await tx.query({
    name: 'revoke-sessions',
    text: `update account set sessions_revoked_at = clock_timestamp(), updated_at = clock_timestamp() where id = $1`,
    values: [accountId],
  })
  await queueRevocations(tx, [accountId])
  const about = { kind: 'USER_SESSIONS_REVOKED', accountId, organizationId } as const
  await appendChanges(tx, [draftChange(byHand(by, now), about)])
}
