import { createRequire } from 'node:module'
import pg from 'pg'
import type { PrismaClient } from '../generated/prisma/client.ts'
import { Client } from './client.ts'
import { createQuickReads, type QuickReads } from './quick-reads.ts'
import { readTimestamp } from './read-timestamp.ts'

/**
 * A connection inside a transaction. Code that is given one neither commits nor releases it. Statements run in the
 * order given, and may be sent before the previous one has been answered. If one fails, those after it fail too.
 */
export type Tx = Pick<pg.ClientBase, 'query'>

/** Anything that can run a statement: a pool or a transaction. */
export type Queryable = Pick<pg.Pool, 'query'> | Tx

export interface Database {
  /** For hand-written SQL, and for everything in a transaction. */
  readonly pool: pg.Pool
  /**
   * For ordinary reads and administration, on the same connections. Loaded on first use, so that start-up need not
   * wait.
   */
  readonly prisma: PrismaClient
  readonly quick: QuickReads
  readonly connectionString: string
  /** Waits for work under way and until every connection has ended. */
  close(): Promise<void>
}

interface DatabaseOptions {
  readonly connectionString: string
  /** Maximum number of connections. */
  readonly size: number
  /** Called when an idle connection breaks. The pool replaces it. */
  readonly onIdleError: (error: Error) => void
}

const [INT8, TIMESTAMPTZ]: readonly number[] = [pg.types.builtins.INT8, pg.types.builtins.TIMESTAMPTZ]
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8) return Number // positions and counts, all far below 2^53
    return oid === TIMESTAMPTZ ? readTimestamp : pg.types.getTypeParser(oid, format)
  },
}

// What is committed must survive a crash of PostgreSQL (law 1), whatever the database's or the role's default is. Any
// other level waits at least for the local disk.
const DURABLE = `
  select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`

const require = createRequire(import.meta.url)
const loadPrisma = () => require('./prisma.ts') as typeof import('./prisma.ts')

/** Opens the pool without connecting yet. */
export function openDatabase({ connectionString, size, onIdleError }: DatabaseOptions): Database {
  const connection = {
    connectionString,
    types,
    application_name: 'rollcall',
    keepAlive: true,
    pipeline: true,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 30_000,
  }
  const pool = new pg.Pool({
    ...connection,
    Client,
    max: size,
    // A new connection has no prepared statements and cold caches: its first statements take many times as long.
    idleTimeoutMillis: 300_000,
    // An instance frozen in a transaction holds locks that all others wait for.
    idle_in_transaction_session_timeout: 15_000,
  })
  pool.on('error', onIdleError)
  const open = new Set<pg.PoolClient>()
  pool.on('connect', (client) => {
    open.add(client)
    client.query(DURABLE).catch(onIdleError) // sent before anything else
    client.on('end', () => open.delete(client))
    // A connection that breaks between two statements of a transaction reports it nowhere else, and would end the
    // process.
    client.on('error', onIdleError)
  })
  let prisma: PrismaClient | null = null
  const quick = createQuickReads({ connection, onIdleError })
  return {
    pool,
    get prisma() {
      return (prisma ??= loadPrisma().createPrisma(pool))
    },
    quick,
    connectionString,
    async close() {
      await quick.close()
      await prisma?.$disconnect()
      const ended = Array.from(open, (client) => new Promise((resolve) => client.once('end', resolve)))
      // This resolves once the connections have been told to end: a server stopped right then would complain about
      // them.
      await pool.end()
      await Promise.all(ended)
    },
  }
}
