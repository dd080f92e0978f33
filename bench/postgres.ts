import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '../src/db/embedded/start-postgres.ts'
import { openDatabase } from '../src/db/database.ts'
import { migrate } from '../src/db/migrate.ts'
import { prepareJobs } from '../src/jobs/prepare-jobs.ts'

export interface BenchPostgres {
  /** The folder of the server's socket. */
  readonly host: string
  /** PostgreSQL's own version. */
  readonly version: string
  /** Creates a database, by default a migrated one. Returns its name. */
  create(template?: string): Promise<string>
  url(database: string): string
  /** Runs statements and returns the rows of the last one. */
  query<Row extends object>(database: string, text: string, values?: unknown[]): Promise<Row[]>
  drop(database: string): Promise<void>
  close(): Promise<void>
}

// Durable, as in production; everything else is PostgreSQL's default.
const settings = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }

/** Starts a PostgreSQL that all contenders of this run share, in a folder that is removed with it. */
export async function startBenchPostgres(): Promise<BenchPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
  const server = await startPostgres(join(folder, 'postgres'), settings)
  let count = 0

  async function query<Row extends object>(database: string, text: string, values?: unknown[]): Promise<Row[]> {
    const client = new pg.Client({ connectionString: server.url(database), statement_timeout: 120_000 })
    await client.connect()
    try {
      return (await client.query<Row>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  await query('postgres', 'create database migrated')
  await migrate(server.url('migrated'))
  const migrated = openDatabase({ connectionString: server.url('migrated'), size: 2, onIdleError: () => {} })
  await prepareJobs(migrated.pool)
  await migrated.close()
  const [found] = await query<{ server_version: string }>('postgres', 'show server_version')

  return {
    host: server.host,
    version: found!.server_version,
    url: server.url,
    query,
    async create(template = 'migrated') {
      const name = `bench_${(count += 1)}`
      await query('postgres', `create database ${name} template ${template}`)
      return name
    },
    async drop(database) {
      await query('postgres', `drop database if exists ${database} with (force)`)
    },
    async close() {
      await server.destroy()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
