import { createHash } from 'node:crypto'
import pg from 'pg'
import { isNoTable } from './errors.ts'
import { migrationList } from './migration-list.ts'

// Any number will do, as long as every instance uses the same one.
const MIGRATION_LOCK = 7_264_551_203

/**
 * Applies the migrations of prisma/migrations that the database lacks, and returns their names. Several instances may
 * call it at once: one applies, the others wait and then find nothing to do. Throws the engine's error if a migration
 * fails or if an applied one has been edited since.
 */
export async function migrate(connectionString: string): Promise<string[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    if (await isMigrated(client)) return [] // the usual start, without loading the engine
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await forgetUnfinished(client)
    const { wholeSchema, withSchemaEngine } = await import('./schema-engine.ts')
    const { appliedMigrationNames } = await withSchemaEngine(connectionString, (engine) =>
      engine.applyMigrations({ migrationsList: migrationList(), filters: wholeSchema }),
    )
    return appliedMigrationNames
  } finally {
    await client.end() // releases the lock too
  }
}

// The engine's own lock while it applies: https://www.prisma.io/docs/orm/prisma-migrate/workflows/development-and-production
const ENGINE_LOCK = 72_707_369

// A migration and its mark are one transaction (schema-engine.ts): one that was begun and not finished, by a process
// that was killed or because it failed, left nothing behind and is applied again; otherwise the engine would refuse
// all. PostgreSQL may still be applying it for a process that is gone: the engine's lock says so.
async function forgetUnfinished(client: pg.Client): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [ENGINE_LOCK])
  try {
    await client.query('delete from _prisma_migrations where finished_at is null and rolled_back_at is null')
  } catch (error) {
    if (!isNoTable(error)) throw error
  } finally {
    await client.query('select pg_advisory_unlock($1)', [ENGINE_LOCK])
  }
}

/** Whether every migration of prisma/migrations was applied to this database, in its present text. */
export async function isMigrated(client: Pick<pg.ClientBase, 'query'>): Promise<boolean> {
  const applied = await appliedChecksums(client)
  return (expected ??= expectedChecksums()).every(([name, checksum]) => applied.get(name) === checksum)
}

// A running program does not change, and every request to /health/ready asks.
let expected: readonly (readonly [name: string, checksum: string | null])[] | null = null

function expectedChecksums() {
  return migrationList().migrationDirectories.map(({ path, migrationFile: { content } }) => {
    const checksum = content.tag === 'ok' ? createHash('sha256').update(content.value).digest('hex') : null
    return [path, checksum] as const
  })
}

// Does not ask first whether the table exists: every start and every request to /health/ready would wait for that too.
async function appliedChecksums(client: Pick<pg.ClientBase, 'query'>): Promise<Map<string, string>> {
  try {
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      'select migration_name, checksum from _prisma_migrations where finished_at is not null and rolled_back_at is null',
    )
    return new Map(rows.map((row) => [row.migration_name, row.checksum]))
  } catch (error) {
    if (isNoTable(error)) return new Map()
    throw error
  }
}
