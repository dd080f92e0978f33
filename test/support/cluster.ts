// One PostgreSQL for the whole run, fast and not durable, with a migrated template that each database is cloned from.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../src/db/embedded/start-postgres.ts'
import { openDatabase } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { prepareJobs } from '../../src/jobs/prepare-jobs.ts'
import { makeMemoryFolder } from './memory-folder.ts'

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
  // The workers, and the programs that tests start, load the same hundreds of modules again and again.
  process.env.NODE_COMPILE_CACHE ??= join(folder, 'compiled')
  const compiled = compile()
  const server = await startPostgres(join(folder, 'postgres'), settings)
  const client = new pg.Client({ connectionString: server.url('postgres') })
  await client.connect()
  // A database is 600 files, and hundreds of them are created and dropped: on disk each takes ten times as long. Those
  // cloned from the template are where it is.
  const memory = makeMemoryFolder(server.host)
  if (memory !== null) await client.query(`create tablespace memory location '${memory}'`)
  await client.query(`create database template_rollcall ${memory === null ? '' : 'tablespace memory'}`)
  await migrate(server.url('template_rollcall'))
  const template = openDatabase({ connectionString: server.url('template_rollcall'), size: 2, onIdleError: () => {} })
  await prepareJobs(template.pool)
  await template.close()
  await client.query('alter database template_rollcall with is_template true allow_connections false')
  await client.end()
  await compiled
  project.provide('postgresHost', server.host)
  return async () => {
    await server.destroy()
    for (const made of [folder, memory]) if (made !== null) rmSync(made, { recursive: true, force: true })
  }
}

/**
 * Fills the cache with a server that lacks its settings and so ends by itself: those that tests kill leave nothing in
 * it.
 */
async function compile(): Promise<void> {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const program = fileURLToPath(new URL('../../src/main.js', import.meta.url))
  const child = execFile(process.execPath, [program], { cwd: tmpdir(), env: { PATH, NODE_COMPILE_CACHE } })
  await once(child, 'exit')
}
