import type pg from 'pg'
import type { Tx } from './database.ts'

/** Runs `work` in one transaction: commits what it did, or nothing. What it throws is thrown on. */
export async function inTransaction<T>(pool: Pick<pg.Pool, 'connect'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that cannot even roll back is not given back to the pool.
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.release(broken)
  }
}
