import type pg from 'pg'
import { outliveIdentities } from '../accounts/outlive-identities.ts'
import { appendChanges } from '../changes/append.ts'
import { draftChange } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { lockDirectory } from '../db/lock-directories.ts'
import { inTransaction } from '../db/transaction.ts'
import { forgetMessagesOf } from '../outbound/forget-messages.ts'

const CHUNK = 500

interface Tombstone {
  readonly id: string
  readonly organizationId: string | null
  /** Of a user, the account that it belonged to. */
  readonly accountId?: string | null
}

/**
 * Purges users and groups deleted before a moment, of one directory, at most 500 of each, with their memberships and
 * the accounts created for them. The change log says PURGED, and loses their former values too. Returns whether there
 * may be more. A directory's own row stays: its deletion also ends users who are reported late.
 */
export async function purgeTombstones(pool: pg.Pool, before: Date, now: Date): Promise<boolean> {
  const { rows } = await pool.query<{ id: string }>(
    `(select directory_id as id from directory_user u where ${OVER('u', '$1')} and not ${BEING_TOLD('u', '$1')} limit 1)
     union all
     (select directory_id from directory_group g where ${OVER('g', '$1')} limit 1)
     union all
     (select directory_id from directory_user u where ${FORGOTTEN('u', '$1')} limit 1) limit 1`,
    [before],
  )
  const directory = rows[0]
  if (directory === undefined) return false
  // Messages contain personal data, even ones not fetched for so long; messages about groups contain none.
  const { rows: people } = await pool.query<{ told: string[] }>(
    `select ${SUBJECTS('u', '$2')} as told from directory_user u
     where directory_id = $1 and ${OVER('u', '$2')} and not ${BEING_TOLD('u', '$2')} limit ${CHUNK}`,
    [directory.id, before],
  )
  await forgetMessagesOf(
    pool,
    people.flatMap(({ told }) => told),
    now,
  )
  await inTransaction(pool, async (tx) => {
    const why = { directoryId: directory.id, source: 'RETENTION', occurredAt: now } as const
    await lockDirectory(tx, directory.id)
    await forgetUnseen(tx, directory.id, before)
    const users = await remove(tx, 'user', directory.id, before)
    const groups = await remove(tx, 'group', directory.id, before)
    const accountIds = users.flatMap(({ accountId }) => accountId ?? [])
    const accounts = await outliveIdentities(tx, accountIds, why)
    await appendChanges(tx, [
      ...users.map(({ id, organizationId }) =>
        draftChange(why, { kind: 'DIRECTORY_USER_PURGED', organizationId, directoryUserId: id }),
      ),
      ...groups.map(({ id, organizationId }) =>
        draftChange(why, { kind: 'DIRECTORY_GROUP_PURGED', organizationId, directoryGroupId: id }),
      ),
      ...accounts,
    ])
  })
  return true
}

const OVER = (row: string, before: string) => `${row}.state = 'DELETED' and ${row}.deleted_at < ${before}`

/** Subjects of the messages about a user: the user, and the account that goes with its last identity. */
const SUBJECTS = (user: string, before: string) => `
  array_remove(array[${user}.id, (
    select a.id from account a where a.id = ${user}.account_id and a.provisioned
    and not exists (select from directory_user o where o.account_id = a.id and not (${OVER('o', before)}))
  )], null)`

/** One of these messages is being sent right now: the next must not overtake it. */
const BEING_TOLD = (user: string, before: string) => `exists (
  select from webhook_delivery d where d.user_id = any(${SUBJECTS(user, before)}) and d.leased_until > clock_timestamp())`

/** A user known only from ended memberships was never reported to a reader: the newest of these gives its age. */
const FORGOTTEN = (user: string, before: string) => `
  ${user}.state = 'UNSEEN' and not exists (
    select from membership m where m.user_id = ${user}.id and m.fact_at >= ${before})`

async function forgetUnseen(tx: Tx, directoryId: string, before: Date): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `delete from directory_user where id in (
       select id from directory_user u where directory_id = $1 and ${FORGOTTEN('u', '$2')} limit ${CHUNK}
     ) returning id`,
    [directoryId, before],
  )
  await tx.query('delete from membership where user_id = any($1::text[])', [rows.map(({ id }) => id)])
}

// Users with messages that were created or claimed meanwhile wait for the next round.
async function remove(tx: Tx, what: 'user' | 'group', directoryId: string, before: Date): Promise<Tombstone[]> {
  const untold = `and not exists (select from webhook_delivery d where d.user_id = any(${SUBJECTS('t', '$2')}))`
  const { rows } = await tx.query<Tombstone>(
    `delete from directory_${what} where id in (
       select id from directory_${what} t where directory_id = $1 and ${OVER('t', '$2')} ${what === 'user' ? untold : ''}
       limit ${CHUNK}
     ) returning id, organization_id as "organizationId" ${what === 'user' ? ', account_id as "accountId"' : ''}`,
    [directoryId, before],
  )
  const ids = [rows.map(({ id }) => id)]
  await tx.query(`delete from membership where ${what}_id = any($1::text[])`, ids)
  if (what === 'user') await tx.query(MARK, ids)
  // A deletion keeps the former state, and an update the former values.
  await tx.query(
    `update change set previous = null, detail = detail - 'former'
     where ${what}_id = any($1::text[]) and (previous is not null or detail ? 'former')`,
    ids,
  )
  return rows
}

// Marks the ends of lives and memberships with the log position of their start: nothing between the two can be
// reconstructed any more. Before former values go: they show whether a return was one from a tombstone.
const MARK = `
  with stretch as (
    select position, max(position) filter (
             where kind in ('DIRECTORY_USER_CREATED', 'MEMBERSHIP_ADDED')
                or (kind = 'DIRECTORY_USER_REACTIVATED' and previous ->> 'state' = 'DELETED')
           ) over (partition by user_id, group_id order by position) as since
    from change where user_id = any($1::text[])
  )
  update change c set purged_since = coalesce(s.since, 0) from stretch s
  where c.position = s.position and c.kind in ('DIRECTORY_USER_DELETED', 'MEMBERSHIP_REMOVED') and c.purged_since is null
    and coalesce(c.detail ->> 'was', '') <> 'UNSEEN'`
