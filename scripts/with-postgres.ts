import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../src/db/embedded/start-postgres.ts'

/** Runs `work` with the address of an empty database on a temporary server. */
export async function withPostgres<T>(work: (connectionString: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-'))
  const server = await startPostgres(join(folder, 'postgres'), { fsync: 'off' })
  try {
    return await work(server.url('postgres'))
  } finally {
    await server.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
}
