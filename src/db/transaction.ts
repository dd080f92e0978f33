import type pg from 'pg'
import type { Tx } from './database.ts'
import { together } from './together.ts'

// What one waits for and then reads, as a lock's holder has left it, is not seen in the other isolation levels; a
// database or a role may have one of them as its default.
const BEGIN = 'begin isolation level read committed'

/** Runs `work` in one transaction: commits what it did, or nothing. What it throws is thrown on. */
export function inTransaction<T>(pool: Pick<pg.Pool, 'connect'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return onClient(pool, async (client) => {
    await client.query(BEGIN)
    const result = await work(client)
    await client.query('commit')
    return result
  })
}

/** What a transaction is made of whose statements wait for each other as little as can be. */
export interface Flights<Found, T> {
  /**
   * Sent together with the beginning, and awaited with it. Statements that write nothing: where the transaction cannot
   * begin, they are run all the same.
   */
  readonly first: (tx: Tx) => Promise<Found>
  /**
   * Gives its result, and what it has begun last: that is sent together with the end, and nothing is committed where it
   * fails.
   */
  readonly rest: (tx: Tx, found: Found) => Promise<{ readonly result: T; readonly last: Promise<unknown> }>
}

/** The same as inTransaction in two waits less. */
export function inFlights<Found, T>(pool: Pick<pg.Pool, 'connect'>, flights: Flights<Found, T>): Promise<T> {
  return onClient(pool, async (client) => {
    const [, found] = await together(client.query(BEGIN), flights.first(client))
    const { result, last } = await flights.rest(client, found)
    // After a statement that failed, `commit` rolls back.
    await together(last, client.query('commit'))
    return result
  })
}

/** The same for statements that need not wait for each other, in one wait. `work` has to begin all of them at once. */
export function inOneFlight<T>(pool: Pick<pg.Pool, 'connect'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return onClient(pool, async (client) => {
    const [, result] = await together(client.query(BEGIN), work(client), client.query('commit'))
    return result
  })
}

async function onClient<T>(pool: Pick<pg.Pool, 'connect'>, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    return await run(client)
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
