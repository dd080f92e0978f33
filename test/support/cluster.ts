// One PostgreSQL for the whole run, fast and forgetful, with a migrated template that each database is cloned from.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../src/db/embedded/start-postgres.ts'
import { migrate } from '../../src/db/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the server's socket. */
    postgresHost: string
  }
}

const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '300',
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
  const server = await startPostgres(join(folder, 'postgres'), settings)
  const client = new pg.Client({ connectionString: server.url('postgres') })
  await client.connect()
  await client.query('create database template_rollcall')
  await migrate(server.url('template_rollcall'))
  await client.query('alter database template_rollcall with is_template true allow_connections false')
  await client.end()
  project.provide('postgresHost', server.host)
  return async () => {
    await server.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
}
