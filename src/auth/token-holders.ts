import type { PrismaClient } from '../generated/prisma/client.ts'
import type { Viewer } from './viewer.ts'

/** The holder of an access token: an AuthKit user in one organization. */
type TokenHolder = Pick<Viewer, 'id' | 'organizationId' | 'issuedAt'>

/** What is known about a user's access to an organization: an account, or a revocation of their sessions. */
interface Known {
  readonly workosUserId: string
  readonly organizationId: string | null
  readonly active: boolean
  readonly revokedAt: Date | null
}

/**
 * Returns why access of some of these must be denied. Without a known account, the token alone suffices: not everybody
 * who signs in comes from a directory.
 */
export async function findEndedHolders<Holder extends TokenHolder>(
  db: PrismaClient,
  holders: readonly Holder[],
): Promise<Map<Holder, string>> {
  const ids = [...new Set(holders.map(({ id }) => id))]
  if (ids.length === 0) return new Map()
  // A revocation persists, whichever account the AuthKit user has in the meantime, if any.
  const found = await db.$queryRaw<Known[]>`
    select workos_user_id as "workosUserId", organization_id as "organizationId", state = 'ACTIVE' as active,
           sessions_revoked_at as "revokedAt"
    from account where workos_user_id = any(${ids})
    union all
    select workos_user_id, organization_id, true, max(cutoff) from session_revocation
    where workos_user_id = any(${ids}) group by 1, 2`
  const byHolder = Map.groupBy(found, ({ workosUserId, organizationId }) => keyOf(workosUserId, organizationId))
  const ended = new Map<Holder, string>()
  for (const holder of holders) {
    const known = byHolder.get(keyOf(holder.id, holder.organizationId)) ?? []
    const [why] = known.flatMap((one) => whyEnded(holder, one) ?? [])
    if (why !== undefined) ended.set(holder, why)
  }
  return ended
}

const keyOf = (userId: string, organizationId: string | null): string => `${userId}\n${organizationId ?? ''}`

function whyEnded({ issuedAt }: TokenHolder, { active, revokedAt }: Known): string | null {
  if (!active) return 'The account of this user is not active'
  // A token only says the second it was issued in: one from the same second may be older.
  const isOld = revokedAt !== null && (issuedAt === undefined || issuedAt < revokedAt)
  return isOld ? 'The sessions of this user were revoked: sign in again' : null
}
