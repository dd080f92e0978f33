import type { PrismaClient } from '../generated/prisma/client.ts'
import type { Viewer } from './viewer.ts'

/** Who brings an access token: AuthKit's user, in one organization. */
export type TokenHolder = Pick<Viewer, 'id' | 'organizationId' | 'issuedAt'>

/** What is known of somebody's access to an organization: an account, or that their sessions were revoked. */
interface Known {
  readonly workosUserId: string
  readonly organizationId: string | null
  readonly active: boolean
  readonly revokedAt: Date | null
}

/**
 * Why some of these must not be let in. Somebody whose account is not known here is let in by their token
 * alone: not everybody who signs in comes from a directory.
 */
export async function findEndedHolders<Holder extends TokenHolder>(
  db: PrismaClient,
  holders: readonly Holder[],
): Promise<Map<Holder, string>> {
  const ids = [...new Set(holders.map(({ id }) => id))]
  if (ids.length === 0) return new Map()
  // What was revoked stays so, whichever account the user of AuthKit is meanwhile, or none.
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
  // A token says the second in which it was issued: one of the same second may be older.
  const isOld = revokedAt !== null && (issuedAt === undefined || issuedAt < revokedAt)
  return isOld ? 'The sessions of this user were revoked: sign in again' : null
}
