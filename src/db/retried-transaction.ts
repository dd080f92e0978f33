import type pg from 'pg'
import type { Tx } from './database.ts'
import { isLostRace } from './errors.ts'
import { inTransaction } from './transaction.ts'

const ATTEMPTS = 4

/**
 * Like inTransaction, but retried if it lost to another transaction. `work` must tolerate being run again from its
 * start.
 */
export async function retriedTransaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(pool, work)
    } catch (error) {
      if (!isLostRace(error) || attempt === ATTEMPTS) throw error
    }
  }
}
