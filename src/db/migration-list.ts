import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { MigrationDirectory, MigrationList } from '@prisma/schema-engine-wasm'

export const migrationsFolder = new URL('../../prisma/migrations/', import.meta.url)

/** The migrations of prisma/migrations in the order of their names, in the engine's format. */
export function migrationList(): MigrationList {
  const names = readdirSync(migrationsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
  return {
    baseDir: fileURLToPath(migrationsFolder),
    lockfile: {
      path: 'migration_lock.toml',
      content: readFileSync(new URL('migration_lock.toml', migrationsFolder), 'utf8'),
    },
    migrationDirectories: names.map(readMigration),
    shadowDbInitScript: '',
  }
}

function readMigration(name: string): MigrationDirectory {
  const content = readFileSync(new URL(`${name}/migration.sql`, migrationsFolder), 'utf8')
  return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: content } } }
}
