import type pg from 'pg'
import { Client } from './client.ts'

/** Reads that take next to no time, many at once over few connections. */
export interface QuickReads {
  /**
   * The rows of a statement. For those that read little more than they give, whatever the values: behind a long one, others would
   * wait. And of few texts: each is parsed and planned once by each connection, which keeps it.
   */
  query<Row extends object>(text: string, values: unknown[]): Promise<Row[]>
  close(): Promise<void>
}

export interface QuickReadsOptions {
  readonly connection: pg.ClientConfig
  /** Hears of connections that broke; the next read opens another one. */
  readonly onIdleError: (error: Error) => void
}

// PostgreSQL answers one after the other what one connection asks. Two of them keep it busy; each more would have to be woken up
// more often, which takes longer than such a read does.
const CONNECTIONS = 2
// What comes after so many texts is parsed and planned anew each time.
const MOST_NAMES = 200

/** Sends statements without waiting for the answers to those before. Connects when it is first asked. */
export function createQuickReads({ connection, onIdleError }: QuickReadsOptions): QuickReads {
  const lines = Array.from({ length: CONNECTIONS }, () => createLine({ connection, onIdleError }))
  const names = new Map<string, string>()

  function nameOf(text: string): string | undefined {
    if (!names.has(text) && names.size < MOST_NAMES) names.set(text, `quick-${names.size}`)
    return names.get(text)
  }

  return {
    async query<Row extends object>(text: string, values: unknown[]) {
      const name = nameOf(text)
      const line = lines.reduce((least, other) => (other.waiting() < least.waiting() ? other : least))
      return line.query<Row>(name === undefined ? { text, values } : { name, text, values })
    },
    close: async () => void (await Promise.all(lines.map((line) => line.close()))),
  }
}

function createLine({ connection, onIdleError }: QuickReadsOptions) {
  let opened: Promise<pg.Client> | null = null
  let waiting = 0
  let closed = false

  function open(): Promise<pg.Client> {
    const client: pg.Client = new Client(connection)
    const opening = client.connect().then(async () => {
      // Or else it would plan for each value when it believes that this gains more than planning costs; and, of several indexes
      // that begin alike, take any and sort the rest, since it does not know how much that is.
      await client.query('set plan_cache_mode = force_generic_plan; set enable_incremental_sort = off')
      return client
    })
    const forget = () => {
      if (opened === opening) opened = null
    }
    client.on('end', forget)
    client.on('error', (error) => {
      forget()
      onIdleError(error)
    })
    opening.catch(forget) // whoever asked is told why
    return opening
  }

  return {
    waiting: () => waiting,
    async query<Row extends object>(config: pg.QueryConfig): Promise<Row[]> {
      if (closed) throw new Error('The database was let go')
      opened ??= open()
      waiting += 1
      try {
        return (await (await opened).query<Row>(config)).rows
      } finally {
        waiting -= 1
      }
    },
    async close() {
      closed = true
      await opened?.then((client) => client.end())
    },
  }
}
