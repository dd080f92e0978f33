import { markUntold } from '../changes/mark-untold.ts'
import type { Database } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import { UpstreamError } from '../operations/upstream-error.ts'
import type { SnapshotApi } from '../workos/snapshot.ts'
import { SnapshotError } from '../workos/snapshot-error.ts'

interface OrganizationNames {
  readonly db: Database
  readonly snapshot: Pick<SnapshotApi, 'organizationName'>
  readonly now: () => Date
  readonly stopped: () => boolean
}

/** Per round, so that a thousand customers do not take the API's rate limit from everything else. */
const MOST = 50
const REFRESH_MS = 86_400_000

/**
 * Asks WorkOS for the names of organizations, which no object of Directory Sync contains. New ones come first; others
 * are asked for again after a day. Throws UpstreamError if WorkOS is unavailable; the remaining ones follow in the next
 * round.
 */
export async function learnOrganizations({ db, snapshot, now, stopped }: OrganizationNames): Promise<void> {
  const { rows } = await db.pool.query<{ id: string }>(
    `select id from organization where asked_at is null or asked_at < $1 order by asked_at nulls first, id limit ${MOST}`,
    [new Date(now().getTime() - REFRESH_MS)],
  )
  for (const { id } of rows) {
    if (stopped()) return
    // A known name stays, even if WorkOS no longer knows the organization.
    const name = await nameOf(snapshot, id)
    await inTransaction(db.pool, async (tx) => {
      const { rows } = await tx.query<{ renamed: boolean }>(
        `update organization o
         set asked_at = $2, name = coalesce($3, o.name),
             updated_at = case when $3 is distinct from o.name and $3 is not null then $2 else o.updated_at end
         from organization former
         where o.id = $1 and former.id = o.id
         returning former.name is distinct from o.name as renamed`,
        [id, now(), name],
      )
      if (rows[0]?.renamed === true) await markUntold(tx)
    })
  }
}

// One that WorkOS refuses to return must not hold up those behind it.
async function nameOf(snapshot: OrganizationNames['snapshot'], id: string): Promise<string | null> {
  try {
    return await snapshot.organizationName(id)
  } catch (error) {
    if (error instanceof SnapshotError || (error instanceof UpstreamError && !error.retryable)) return null
    throw error
  }
}
