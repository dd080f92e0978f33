import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import pg from 'pg'
import { startPostgres, type Wait } from './embedded/start-postgres.ts'

const NAME = 'rollcall'

interface EmbeddedDatabase {
  readonly connectionString: string
  /** Stops the server if this process started it. */
  readonly stop: () => Promise<void>
}

/** Starts the embedded server on a folder, with a database in it. Throws like `startPostgres`. */
export async function startEmbeddedDatabase(folder: string, wait?: Wait): Promise<EmbeddedDatabase> {
  const server = await startPostgres(folder, {}, wait)
  const client = new pg.Client({ connectionString: server.url('postgres') })
  try {
    await client.connect()
    const { rowCount } = await client.query('select from pg_database where datname = $1', [NAME])
    if (rowCount === 0) await client.query(`create database ${NAME}`)
  } catch (error) {
    await server.stop()
    throw error
  } finally {
    await client.end()
  }
  const connectionString = server.url(NAME)
  writeFileSync(addressFile(folder), connectionString)
  return {
    connectionString,
    async stop() {
      rmSync(addressFile(folder), { force: true })
      await server.stop()
    },
  }
}

/** Connects to the embedded database if another process runs its server, and starts it here otherwise. */
export async function reachEmbeddedDatabase(folder: string): Promise<EmbeddedDatabase> {
  if (existsSync(addressFile(folder))) {
    const connectionString = readFileSync(addressFile(folder), 'utf8')
    const client = new pg.Client({ connectionString })
    const reached = await client.connect().then(
      () => true,
      () => false, // left by a killed process, whose server is gone too
    )
    await client.end()
    if (reached) return { connectionString, stop: async () => {} }
  }
  return startEmbeddedDatabase(folder)
}

const addressFile = (folder: string) => `${folder}.url`
