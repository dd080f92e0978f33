// Mappings whose accounts have yet to be queued: a change of a mapping must not look up a hundred thousand members
// under the lock.
import type { Why } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { CONCERNED } from '../roles/concerned-accounts.ts'

/** Accounts queued per transaction, at most. */
const CHUNK = 10_000

/**
 * Schedules the queueing of the accounts that mappings apply to, or did until now. `tx` must hold the mappings
 * exclusively: an account that they give a reason later sees them as they are then, and one that they gave a reason
 * earlier is found.
 */
export async function queueMappings(tx: Tx, mappingIds: readonly string[], why: Why): Promise<void> {
  const { source, actor = null, directoryId = '', occurredAt } = why
  await tx.query(QUEUE, [mappingIds, source, actor, directoryId, occurredAt])
}

/** Queues a chunk of the accounts of a mapping that no other worker has locked; false if there is none. */
export async function putOffNext(tx: Tx): Promise<boolean> {
  const { rows } = await tx.query<{ id: string; cursor: string }>({ name: 'take-due-mapping', text: TAKE })
  const mapping = rows[0]
  if (mapping === undefined) return false
  const putOff = await tx.query<{ last: string; count: number }>(PUT_OFF, [[mapping.id], mapping.cursor])
  const { last, count } = onlyRow(putOff)
  if (count < CHUNK) await tx.query('delete from mapping_due where mapping_id = $1', [mapping.id])
  else await tx.query('update mapping_due set cursor = $2 where mapping_id = $1', [mapping.id, last])
  return true
}

const QUEUE = `
  insert into mapping_due as d (mapping_id, source, actor, directory_id, occurred_at)
  select id, $2::"ChangeSource", $3::text, $4::text, $5::timestamptz from unnest($1::text[]) as id order by 1
  on conflict (mapping_id) do update set source = excluded.source, actor = excluded.actor, directory_id = excluded.directory_id,
    occurred_at = excluded.occurred_at, cursor = ''`

const TAKE = `select mapping_id as id, cursor from mapping_due order by mapping_id limit 1 for update skip locked`

const PUT_OFF = `
  with concerned as materialized (
    select distinct account_id from (${CONCERNED}) c where account_id > $2 order by account_id limit ${CHUNK}
  ), put as (
    insert into account_due as a (account_id, source, actor, directory_id, occurred_at, queued_at)
    select c.account_id, d.source, d.actor, d.directory_id, d.occurred_at, d.queued_at
    from concerned c cross join mapping_due d where d.mapping_id = any($1::text[]) order by 1
    on conflict (account_id) do update set source = excluded.source, event_id = null, actor = excluded.actor,
      directory_id = excluded.directory_id, occurred_at = excluded.occurred_at,
      queued_at = least(a.queued_at, excluded.queued_at)
  )
  select max(account_id) as last, count(*) as count from concerned`
