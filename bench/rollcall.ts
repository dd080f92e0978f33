import { createApiKey } from '../src/auth/api-key.ts'
import { openDatabase } from '../src/db/database.ts'
import type { Bench } from './bench.ts'
import { startChild, type Child } from './child.ts'

export const webhookSecret = 'whsec_bench'
export const workosKey = 'sk_bench'

/** The settings that production requires, and an address; everything else keeps its default. */
export const settingsFor = (databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  WORKOS_API_KEY: workosKey,
  WORKOS_API_BASE_URL: 'http://127.0.0.1:9', // nothing listens there: no event of the bench needs completing
  WORKOS_WEBHOOK_SECRET: webhookSecret,
  HOST: '127.0.0.1',
  PORT: '0',
})

/** Starts the server under test like `npm start`. `settings` are for bars that need others. */
export function startRollcall(
  { postgres, profiles }: Bench,
  database: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Child> {
  return startChild('../src/main.js', {
    env: { ...settingsFor(postgres.url(database)), ...settings },
    nodeArgs: profiles === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`],
  })
}

/** Returns the secret of a new API key that sees one organization, or all. */
export async function issueKey(
  { postgres }: Bench,
  database: string,
  organizationId: string | null,
  scopes: readonly string[] = ['directory:read'],
): Promise<string> {
  const db = openDatabase({
    connectionString: postgres.url(database),
    size: 1,
    onIdleError: (error) => process.stderr.write(`${error.message}\n`),
  })
  try {
    const { secret } = await createApiKey(db.pool, {
      name: 'bench',
      scopes,
      organizationId,
      createdBy: 'bench',
    })
    return secret
  } finally {
    await db.close()
  }
}
