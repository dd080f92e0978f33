import type pg from 'pg'
import { Client } from './client.ts'

/** Reads that take next to no time, many at once over few connections. */
export interface QuickReads {
  /**
   * The rows of a statement. For those that read little more than they give, whatever the values: behind a long one,
   * others would wait. And of few texts: each is parsed and planned once by each connection, which keeps it.
   */
  query<Row extends object>(text: string, values: unknown[]): Promise<Row[]>
  close(): Promise<void>
}

export interface QuickReadsOptions {
  readonly connection: pg.ClientConfig
  /** Hears of connections that broke; the next read opens another one. */
  readonly onIdleError: (error: Error) => void
}

// PostgreSQL answers one after the other what one connection asks. Two of them keep it busy; each more would have to be
// woken up more often, which takes longer than such a read does.
const CONNECTIONS = 2
// That a connection keeps planned, each in up to a quarter of a megabyte. Where there are more, it begins anew, as
// another connection: the first that came must not be all that is planned for ever.
const MOST_TEXTS = 200

// Or else it would plan for each value when it believes that this gains more than planning costs. It does not know how
// much it reads of values that it does not see, and would rather sort all of a list than walk along the index that has
// its order, or read all of a table for some ids: of those that are not small too, and of those that were when it
// planned. What has no such index is read and sorted all the same.
const SETTINGS = [
  'plan_cache_mode = force_generic_plan',
  ...['seqscan', 'hashjoin', 'sort', 'incremental_sort'].map((way) => `enable_${way} = off`),
  // To begin with several, or to compile, takes longer than such a read. Before PostgreSQL 18, what is off and done all
  // the same counts as so dear that compiling seems to pay.
  'max_parallel_workers_per_gather = 0',
  'jit = off',
]

/** Sends statements without waiting for the answers to those before. Connects when it is first asked. */
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

/** A connection, or one that is about to be. */
interface Opened {
  readonly client: Promise<pg.Client>
  /** The names of the statements that it keeps, by their texts. */
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
      await client.query(SETTINGS.map((setting) => `set ${setting}`).join('; '))
      return client
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
    connected.catch(forget) // whoever asked is told why
    return opened
  }

  async function end(opened: Opened): Promise<void> {
    const client = await opened.client.catch(() => null) // never connected
    await client?.end()
  }

  /** Where to ask, and by which name. */
  function prepare(text: string): { opened: Opened; name: string } {
    if (current !== null && current.names.size >= MOST_TEXTS && !current.names.has(text)) {
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
      if (closed) throw new Error('The database was let go')
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
