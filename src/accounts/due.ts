// Accounts whose grants have to be derived again, when they are too many for the transaction that caused it.
import type { ChangeDraft } from '../changes/append.ts'
import type { Why } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { rowCountOf } from '../db/row-count.ts'

/** Accounts whose grants one transaction derives, at most. */
export const DUE_CHUNK = 500

/** Queues the accounts whose ids `select` returns. Their changes will name the last cause. */
export async function queueAccounts(tx: Tx, select: string, values: readonly unknown[], why: Why): Promise<number> {
  const { source, eventId = null, actor = null, directoryId = '', occurredAt } = why
  const parameters = [...values, source, eventId, actor, directoryId, occurredAt]
  const [a, b, c, d, e] = [1, 2, 3, 4, 5].map((n) => `$${values.length + n}`)
  const queued = await tx.query(
    `insert into account_due (account_id, source, event_id, actor, directory_id, occurred_at)
     select distinct due.id, ${a}::"ChangeSource", ${b}::text, ${c}::text, ${d}::text, ${e}::timestamptz
     from (${select}) as due (id) where due.id is not null order by 1
     on conflict (account_id) do update set source = excluded.source, event_id = excluded.event_id,
       actor = excluded.actor, directory_id = excluded.directory_id, occurred_at = excluded.occurred_at`,
    parameters,
  )
  return rowCountOf(queued)
}

interface Due extends Pick<ChangeDraft, 'directoryId' | 'source' | 'eventId' | 'occurredAt'> {
  readonly id: string
  readonly actor: string | null
}

/** Takes a chunk of due accounts that no other worker has taken, with the reason why each is due. */
export async function takeDue(tx: Tx): Promise<Map<string, Why>> {
  const { rows } = await tx.query<Due>({ name: 'take-due', text: TAKE })
  return new Map(rows.map(({ id, actor, ...why }) => [id, { ...why, ...(actor !== null && { actor }) }]))
}

// The array is built once; a subquery of "in" may run once per row, and would then lock row after row.
const TAKE = `
  delete from account_due
  where account_id = any(array(
    select account_id from account_due order by account_id limit ${DUE_CHUNK} for update skip locked))
  returning account_id as id, source, event_id as "eventId", actor, directory_id as "directoryId", occurred_at as "occurredAt"`
