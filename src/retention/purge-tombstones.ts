import type pg from 'pg'
import { appendChanges, type ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import { lockDirectory } from '../sync/lock-directories.ts'

const CHUNK = 500

interface Tombstone {
  readonly id: string
  readonly organizationId: string | null
}

/**
 * Forgets users and groups that were deleted before a moment, of one directory, at most 500 of each, with their
 * memberships. The change log says PURGED, and what it held of their former values goes too. Gives whether there may be
 * more. A directory's own row stays: its deletion ends whoever is told of late.
 */
export async function purgeTombstones(pool: pg.Pool, before: Date): Promise<boolean> {
  const { rows } = await pool.query<{ id: string }>(
    `(select directory_id as id from directory_user where state = 'DELETED' and deleted_at < $1 limit 1)
     union all
     (select directory_id from directory_group where state = 'DELETED' and deleted_at < $1 limit 1) limit 1`,
    [before],
  )
  const directory = rows[0]
  if (directory === undefined) return false
  await inTransaction(pool, async (tx) => {
    await lockDirectory(tx, directory.id)
    const now = new Date()
    const users = await remove(tx, 'user', directory.id, before)
    const groups = await remove(tx, 'group', directory.id, before)
    await appendChanges(tx, [
      ...users.map(
        (user) => ({ ...purged(directory.id, user, now), kind: 'DIRECTORY_USER_PURGED', userId: user.id }) as const,
      ),
      ...groups.map(
        (group) =>
          ({ ...purged(directory.id, group, now), kind: 'DIRECTORY_GROUP_PURGED', groupId: group.id }) as const,
      ),
    ])
  })
  return true
}

async function remove(tx: Tx, what: 'user' | 'group', directoryId: string, before: Date): Promise<Tombstone[]> {
  const { rows } = await tx.query<Tombstone>(
    `delete from directory_${what} where id in (
       select id from directory_${what} where directory_id = $1 and state = 'DELETED' and deleted_at < $2 limit ${CHUNK}
     ) returning id, organization_id as "organizationId"`,
    [directoryId, before],
  )
  const ids = [rows.map(({ id }) => id)]
  await tx.query(`delete from membership where ${what}_id = any($1::text[])`, ids)
  await tx.query(`update change set previous = null where ${what}_id = any($1::text[]) and previous is not null`, ids)
  return rows
}

function purged(directoryId: string, { organizationId }: Tombstone, occurredAt: Date): Omit<ChangeDraft, 'kind'> {
  return {
    directoryId,
    organizationId,
    userId: null,
    groupId: null,
    changedFields: [],
    previous: null,
    source: 'RETENTION',
    eventId: null,
    occurredAt,
  }
}
