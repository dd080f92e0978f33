// npm run db:migrate: applies the missing migrations of prisma/migrations to DATABASE_URL.
import { ConfigError, parseConfig, type Config } from '../src/config.ts'
import { openDatabase } from '../src/db/database.ts'
import { migrate } from '../src/db/migrate.ts'
import { explainStart } from '../src/start/explain-start.ts'
import { prepareJobs } from '../src/jobs/prepare-jobs.ts'

let config: Config | null = null
try {
  config = parseConfig({ DATABASE_URL: process.env.DATABASE_URL }, 'development')
  if (config.databaseUrl === null) throw new ConfigError(['DATABASE_URL: is required'])
  const applied = await migrate(config.databaseUrl)
  const db = openDatabase({ connectionString: config.databaseUrl, size: 2, onIdleError: () => {} })
  try {
    await prepareJobs(db.pool)
  } finally {
    await db.close()
  }
  process.stdout.write(
    applied.length === 0 ? 'Nothing to apply\n' : `Applied:\n${applied.map((name) => `- ${name}\n`).join('')}`,
  )
} catch (error) {
  process.stderr.write(`${explainStart(error, config)}\n`)
  process.exitCode = 1
}
