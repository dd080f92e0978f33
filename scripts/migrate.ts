// npm run db:migrate: applies what is missing of prisma/migrations to DATABASE_URL.
import { migrate } from '../src/db/migrate.ts'

const connectionString = process.env.DATABASE_URL
if (connectionString === undefined) throw new Error('DATABASE_URL: is required')
const applied = await migrate(connectionString)
process.stdout.write(
  applied.length === 0 ? 'Nothing to apply\n' : `Applied:\n${applied.map((name) => `- ${name}\n`).join('')}`,
)
