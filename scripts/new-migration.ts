// npm run db:migration -- <name>: writes the migration from the existing ones to prisma/schema.prisma.
// npm run check:migrations: fails if there is something to write.
import { mkdirSync, writeFileSync } from 'node:fs'
import { diffFromMigrations } from '../src/db/schema-diff.ts'
import { migrationsFolder } from '../src/db/migration-list.ts'
import { withPostgres } from './with-postgres.ts'

const name = process.argv[2]
if (name !== '--check' && !/^[a-z0-9_]+$/.test(name ?? '')) {
  process.stderr.write('usage: npm run db:migration -- <name_in_snake_case>\n')
  process.exit(2)
}
const sql = await withPostgres(diffFromMigrations)
if (sql === '') {
  process.stdout.write('prisma/schema.prisma and prisma/migrations agree\n')
} else if (name === '--check') {
  throw new Error(`prisma/schema.prisma has what prisma/migrations lack: run npm run db:migration -- <name>\n${sql}`)
} else {
  const folder = new URL(`${new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)}_${name}/`, migrationsFolder)
  mkdirSync(folder)
  writeFileSync(new URL('migration.sql', folder), sql)
  process.stdout.write(`${folder.pathname}migration.sql\n`)
}
