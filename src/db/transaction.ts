import type pg from 'pg'
import { Client } from './client.ts'
import type { Tx } from './database.ts'
import { together } from './together.ts'

// At the other isolation levels a transaction that has waited for a lock does not see what its holder wrote; a database
// or a role may have one of them as its default.
const BEGIN = 'begin isolation level read committed'

/** Runs `work` in one transaction: commits all of it or nothing. Rethrows what it throws. */
export function inTransaction<T>(pool: Pick<pg.Pool, 'connect'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return onClient(pool, async (client) => {
    await client.query(BEGIN)
    const result = await work(client)
    await client.query('commit')
    return result
  })
}

/** The parts of a transaction whose statements wait for each other as little as possible. */
interface Flights<Found, T> {
  /**
   * Sent and awaited together with `begin`. Must not write: if the transaction cannot begin, its statements run all the
   * same.
   */
  readonly first: (tx: Tx) => Promise<Found>
  /**
   * Returns its result and the work that it began last, which is sent together with `commit`: if it fails, nothing is
   * committed.
   */
  readonly rest: (tx: Tx, found: Found) => Promise<{ readonly result: T; readonly last: Promise<unknown> }>
}

/** Like inTransaction, with two round trips fewer. */
export function inFlights<Found, T>(pool: Pick<pg.Pool, 'connect'>, flights: Flights<Found, T>): Promise<T> {
  return onClient(pool, async (client) => {
    const [, found] = await together(client.query(BEGIN), flights.first(client))
    const { result, last } = await flights.rest(client, found)
    // After a failed statement, `commit` rolls back.
    await together(last, client.query('commit'))
    return result
  })
}

/**
 * The same in one round trip, for statements that need not wait for each other. `work` must begin all of them at once.
 */
export function inOneFlight<T>(pool: Pick<pg.Pool, 'connect'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return onClient(pool, async (client) => {
    const [, result] = await together(client.query(BEGIN), work(client), client.query('commit'))
    return result
  })
}

/** Lets the statements of a transaction take longer than usual. */
export async function allowLong(tx: Tx, milliseconds: number): Promise<void> {
  if (tx instanceof Client) tx.waitFor(milliseconds + 10_000)
  await tx.query(`set local statement_timeout = ${milliseconds}`)
}

async function onClient<T>(pool: Pick<pg.Pool, 'connect'>, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    return await run(client)
  } catch (error) {
    // A connection that cannot even roll back is not returned to the pool.
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    if (client instanceof Client) client.waitFor()
    client.release(broken)
  }
}
