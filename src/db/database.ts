import { createRequire } from 'node:module'
import pg from 'pg'
import type { PrismaClient } from '../generated/prisma/client.ts'
import { Client } from './client.ts'
import { createQuickReads, type QuickReads } from './quick-reads.ts'

/**
 * A connection inside a transaction. Whoever is given one neither commits nor releases it. Statements run in the order
 * in which they are given, also where nobody has waited for the one before: it is sent at once, and its answer awaited
 * with the others'. Where one fails, those after it fail too.
 */
export type Tx = Pick<pg.ClientBase, 'query'>

/** What is needed to run one statement: a pool or a transaction. */
export type Queryable = Pick<pg.Pool, 'query'> | Tx

export interface Database {
  /** For statements of our own, and for what takes part in a transaction. */
  readonly pool: pg.Pool
  /**
   * For ordinary reads and administration; on the same connections. Loaded when it is first used: no start waits for
   * it.
   */
  readonly prisma: PrismaClient
  readonly quick: QuickReads
  readonly connectionString: string
  /** Waits for what is under way, and until every connection has ended. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly connectionString: string
  /** Connections at the most. */
  readonly size: number
  /** Hears of connections that broke while nobody used them. The pool replaces them by itself. */
  readonly onIdleError: (error: Error) => void
}

// int8: positions and counts, all far below 2^53.
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === 20 ? Number : pg.types.getTypeParser(oid, format),
}

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
    // A new connection has nothing prepared and nothing in its caches: what it is asked first takes many times as long.
    idleTimeoutMillis: 300_000,
    // An instance that freezes in a transaction holds locks that all others wait for.
    idle_in_transaction_session_timeout: 15_000,
  })
  pool.on('error', onIdleError)
  const open = new Set<pg.PoolClient>()
  pool.on('connect', (client) => {
    open.add(client)
    client.on('end', () => open.delete(client))
    // A connection that breaks between two statements of a transaction tells nobody else, and would end the process.
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
      // This settles when the connections have been told to end: a server that stops right then would complain of them.
      await pool.end()
      await Promise.all(ended)
    },
  }
}
