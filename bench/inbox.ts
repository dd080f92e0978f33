import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { BenchPostgres } from './postgres.ts'

/** Waits until nothing in the inbox is pending, and gives when that was seen. Throws after `patienceMs`. */
export async function drained(postgres: BenchPostgres, database: string, patienceMs = 180_000): Promise<number> {
  const client = new pg.Client({ connectionString: postgres.url(database) })
  await client.connect()
  try {
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(20)) {
      const { rows } = await client.query<{ busy: boolean }>(
        `select exists (select from inbox_event where status = 'PENDING') as busy`,
      )
      if (!rows[0]!.busy) return performance.now()
    }
    throw new Error('The inbox was not drained in time')
  } finally {
    await client.end()
  }
}

/** How many events have which status. */
export async function statuses(postgres: BenchPostgres, database: string): Promise<Record<string, number>> {
  const rows = await postgres.query<{ status: string; count: string }>(
    database,
    'select status::text, count(*) from inbox_event group by 1',
  )
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]))
}
