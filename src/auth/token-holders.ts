import type { PrismaClient } from '../generated/prisma/client.ts'
import type { Viewer } from './viewer.ts'

/** Who brings an access token: AuthKit's user, in one organization. */
export type TokenHolder = Pick<Viewer, 'id' | 'organizationId' | 'issuedAt'>

interface Account {
  readonly workosUserId: string
  readonly organizationId: string | null
  readonly state: 'ACTIVE' | 'INACTIVE' | 'DELETED'
  readonly sessionsRevokedAt: Date | null
}

/**
 * Why each of these must not be let in; null where they may. Somebody whose account is not known here is let in by their token
 * alone: not everybody who signs in comes from a directory.
 */
export async function findEndedHolders<Holder extends TokenHolder>(
  db: PrismaClient,
  holders: readonly Holder[],
): Promise<Map<Holder, string>> {
  const ids = [...new Set(holders.map(({ id }) => id))]
  if (ids.length === 0) return new Map()
  const accounts = await db.$queryRaw<Account[]>`
    select workos_user_id as "workosUserId", organization_id as "organizationId", state,
           sessions_revoked_at as "sessionsRevokedAt"
    from account where workos_user_id = any(${ids})`
  const byHolder = new Map(accounts.map((account) => [keyOf(account.workosUserId, account.organizationId), account]))
  const ended = new Map<Holder, string>()
  for (const holder of holders) {
    const why = whyEnded(holder, byHolder.get(keyOf(holder.id, holder.organizationId)))
    if (why !== null) ended.set(holder, why)
  }
  return ended
}

const keyOf = (userId: string, organizationId: string | null): string => `${userId}\n${organizationId ?? ''}`

function whyEnded({ issuedAt }: TokenHolder, account: Account | undefined): string | null {
  if (account === undefined) return null
  const { state, sessionsRevokedAt } = account
  if (state !== 'ACTIVE') return 'The account of this user is not active'
  // A token says the second in which it was issued: one of the same second may be older.
  const isOld = sessionsRevokedAt !== null && (issuedAt === undefined || issuedAt < sessionsRevokedAt)
  return isOld ? 'The sessions of this user were revoked: sign in again' : null
}
