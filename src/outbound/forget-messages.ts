import type pg from 'pg'
import { inTransaction } from '../db/transaction.ts'
import { lockEndpoint } from './lock-endpoint.ts'
import { makeFirstDue } from './make-first-due.ts'

/**
 * Removes the messages about directory users and accounts, by their ids, except those being sent right now. What waited
 * behind them within its ordering key becomes due.
 */
export async function forgetMessagesOf(pool: pg.Pool, ids: readonly string[], now: Date): Promise<void> {
  const { rows: endpoints } = await pool.query<{ id: string }>(
    'select distinct endpoint_id as id from webhook_delivery where user_id = any($1::text[]) order by id',
    [ids],
  )
  for (const { id } of endpoints)
    await inTransaction(pool, async (tx) => {
      await lockEndpoint(tx, id, 'EXCLUSIVE')
      const { rows } = await tx.query<{ key: string }>(
        `delete from webhook_delivery
         where endpoint_id = $1 and user_id = any($2::text[])
           and (leased_until is null or leased_until <= clock_timestamp())
         returning ordering_key as key`,
        [id, ids],
      )
      await makeFirstDue(tx, id, [...new Set(rows.map(({ key }) => key))], now)
    })
}
