import { migrationList } from './migration-list.ts'
import { schemaFiles, wholeSchema, withSchemaEngine } from './schema-engine.ts'

/**
 * The SQL that would bring a database made by prisma/migrations to prisma/schema.prisma; empty where they agree. The
 * engine tries the migrations on a shadow database, which it makes on the given server and drops again.
 */
export async function diffFromMigrations(connectionString: string): Promise<string> {
  const { stdout } = await withSchemaEngine(connectionString, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...migrationList() },
      to: { tag: 'schemaDatamodel', ...schemaFiles() },
      script: true,
      exitCode: null,
      filters: wholeSchema,
    }),
  )
  return stdout === null || stdout.trim() === '-- This is an empty migration.' ? '' : stdout
}
