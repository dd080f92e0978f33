import type pg from 'pg'
import { Client } from './client.ts'

/** Very short reads, many at once over few connections. */
export interface QuickReads {
  /**
   * Returns the rows of a statement. Only for statements that read little more than they return, whatever the values,
   * since others wait behind a long one; and for few different texts, since each connection parses and plans each of
   * them once and keeps it.
   */
  query<Row extends object>(text: string, values: unknown[]): Promise<Row[]>
  close(): Promise<void>
}

interface QuickReadsOptions {
  readonly connection: pg.ClientConfig
  /** Called when a connection breaks; the next read opens another one. */
  readonly onIdleError: (error: Error) => void
}

// PostgreSQL answers the statements of one connection one after the other. Two connections keep it busy; each further
// one would have to be woken up more often, which takes longer than such a read.
const CONNECTIONS = 2
// Statements that a connection keeps planned, each in up to a quarter of a megabyte. Beyond that, a new connection
// replaces it: otherwise the first texts would be the only ones planned forever.
const MAX_TEXTS = 200

// Generic plans only. Without known values PostgreSQL would prefer a sort or a sequential scan over walking the
// matching index, so those are disabled; a query without such an index still runs.
const SETTINGS = [
  'plan_cache_mode = force_generic_plan',
  ...['seqscan', 'hashjoin', 'sort', 'incremental_sort'].map((way) => `enable_${way} = off`),
  // Starting parallel workers or compiling takes longer than such a read. Before PostgreSQL 18, a disabled method that
  // is used all the same seems so expensive that compiling seems to pay.
  'max_parallel_workers_per_gather = 0',
  'jit = off',
]

/** Sends statements without waiting for the answers to earlier ones. Connects on first use. */
export function createQuickReads({ connection, onIdleError }: QuickReadsOptions): QuickReads {
  const lines = Array.from({ length: CONNECTIONS }, () => createLine({ connection, onIdleError }))
  return {
    async query<Row extends object>(text: string, values: unknown[]) {
      const line = lines.reduce((least, other) => (other.waiting() < least.waiting() ? other : least))
      return line.query<Row>(text, values)
    },
    close: async () => void (await Promise.all(lines.map((line) => line.close()))),
  }
}

/** A connection, open or opening. */
interface Opened {
  readonly client: Promise<pg.Client>
  /** The names of its prepared statements, by their texts. */
  readonly names: Map<string, string>
  waiting: number
}

function createLine({ connection, onIdleError }: QuickReadsOptions) {
  let current: Opened | null = null
  const leaving = new Set<Opened>()
  let waiting = 0
  let closed = false

  function open(): Opened {
    const client: pg.Client = new Client(connection)
    const connected = client.connect().then(async () => {
      try {
        await client.query(SETTINGS.map((setting) => `set ${setting}`).join('; '))
        return client
      } catch (error) {
        await client.end()
        throw error
      }
    })
    const opened: Opened = { client: connected, names: new Map(), waiting: 0 }
    const forget = () => {
      if (current === opened) current = null
      leaving.delete(opened)
    }
    client.on('end', forget)
    client.on('error', (error) => {
      forget()
      onIdleError(error)
    })
    connected.catch(forget) // callers get the error
    return opened
  }

  async function end(opened: Opened): Promise<void> {
    const client = await opened.client.catch(() => null) // it never connected, or was ended because it could not be set up
    await client?.end()
  }

  /** The connection to use, and the statement's name there. */
  function prepare(text: string): { opened: Opened; name: string } {
    if (current !== null && current.names.size >= MAX_TEXTS && !current.names.has(text)) {
      leaving.add(current)
      if (current.waiting === 0) void end(current)
      current = null
    }
    const opened = (current ??= open())
    const name = opened.names.get(text) ?? `quick-${opened.names.size}`
    opened.names.set(text, name)
    return { opened, name }
  }

  return {
    waiting: () => waiting,
    async query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
      if (closed) throw new Error('The database was closed')
      const { opened, name } = prepare(text)
      opened.waiting += 1
      waiting += 1
      try {
        return (await (await opened.client).query<Row>({ name, text, values })).rows
      } finally {
        waiting -= 1
        opened.waiting -= 1
        if (opened.waiting === 0 && leaving.has(opened)) void end(opened)
      }
    },
    async close() {
      closed = true
      await Promise.all([...leaving, ...(current === null ? [] : [current])].map(end))
    },
  }
}
