import type pg from 'pg'
import type { Tx } from './database.ts'
import { isLostRace } from './errors.ts'
import { inTransaction } from './transaction.ts'

const ATTEMPTS = 4

/**
 * As inTransaction, and again where it was given up for another one's sake. `work` must bear to be done from its
 * beginning.
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
