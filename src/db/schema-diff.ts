import { migrationList } from './migration-list.ts'
import { schemaFiles, wholeSchema, withSchemaEngine } from './schema-engine.ts'

/**
 * Returns the SQL that would bring a database made by prisma/migrations to prisma/schema.prisma; empty if they agree.
 * The engine runs the migrations on a shadow database, which it creates on the given server and drops again.
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
