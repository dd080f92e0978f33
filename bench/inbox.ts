import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { BenchPostgres } from './postgres.ts'

export interface Watch extends AsyncDisposable {
  /** Returns how many events are pending. */
  pending(): Promise<number>
  /** Waits until none is pending, and returns when that was seen. Throws after `patienceMs`. */
  drained(patienceMs?: number): Promise<number>
}

// Polling takes time from what is measured: do it rarely, with a statement that is planned once.
const EVERY_MS = 50
const BUSY = { name: 'busy', text: `select exists (select from inbox_event where status = 'PENDING') as busy` }

/** Watches an inbox over a separate connection. */
export async function watchInbox(postgres: BenchPostgres, database: string): Promise<Watch> {
  const client = new pg.Client({ connectionString: postgres.url(database) })
  await client.connect()
  return {
    async pending() {
      const text = `select count(*) from inbox_event where status = 'PENDING'`
      return Number((await client.query<{ count: string }>(text)).rows[0]!.count)
    },
    async drained(patienceMs = 180_000) {
      for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(EVERY_MS)) {
        const { rows } = await client.query<{ busy: boolean }>(BUSY)
        if (!rows[0]!.busy) return performance.now()
      }
      throw new Error('The inbox was not drained in time')
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** Waits until nothing in the inbox is pending. */
export async function drained(postgres: BenchPostgres, database: string): Promise<void> {
  await using inbox = await watchInbox(postgres, database)
  await inbox.drained()
}

/** Returns how many events have which status. */
export async function statuses(postgres: BenchPostgres, database: string): Promise<Record<string, number>> {
  const rows = await postgres.query<{ status: string; count: string }>(
    database,
    'select status::text, count(*) from inbox_event group by 1',
  )
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]))
}
