import type pg from 'pg'
import { exclusively } from '../db/exclusive.ts'
import { restAfter } from '../operations/upstream-error.ts'

const TABLES = { 'catch-up': 'catch_up', 'directory-poll': 'directory_poll' } as const

/**
 * Does a round of a feed, unless another instance is doing one or WorkOS has asked any of them to wait longer. If it
 * asks this one to, that is recorded before the lock is free, for the others and for those started later.
 */
export async function takeRound(
  pool: pg.Pool,
  feed: keyof typeof TABLES,
  work: (lost: AbortSignal) => Promise<void>,
): Promise<void> {
  const table = TABLES[feed]
  await exclusively(pool, feed, async (lost) => {
    const { rows } = await pool.query<{ rests: boolean | null }>(`select rest_until > now() as rests from ${table}`)
    if (rows[0]?.rests === true) return
    try {
      await work(lost)
    } catch (error) {
      const restMs = restAfter(error)
      if (restMs > 0)
        await pool.query(`update ${table} set rest_until = now() + $1::float8 * interval '1 millisecond'`, [restMs])
      throw error
    }
  })
}
