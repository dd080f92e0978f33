// npm run api-key -- create --name backend --scopes '*' [--organization org_…] [--expires 2027-01-01T00:00:00Z]
// npm run api-key -- revoke --id api_key_…
// npm run api-key -- list
// Works on DATABASE_URL; without it on the database of `npm run dev`, whether that is running or not.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createApiKey, revokeApiKey } from '../src/auth/api-key.ts'
import { isGrantable, scopes } from '../src/auth/viewer.ts'
import { openDatabase, type Database } from '../src/db/database.ts'
import { reachEmbeddedDatabase } from '../src/db/embedded-database.ts'
import { migrate } from '../src/db/migrate.ts'

class UsageError extends Error {}

const usage = `usage:
  npm run api-key -- create --name <name> --scopes '<scope>,<scope>' [--organization org_…] [--expires <RFC 3339>]
  npm run api-key -- revoke --id api_key_…
  npm run api-key -- list
scopes: ${Object.keys(scopes).join(', ')}, or * for everything`

const text = { type: 'string' } as const
const options = { name: text, scopes: text, organization: text, expires: text, id: text }

function readArguments() {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options })
    return { command: positionals[0], values }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function run(db: Database, { command, values }: ReturnType<typeof readArguments>): Promise<string> {
  if (command === 'list') {
    const keys = await db.prisma.apiKey.findMany({ orderBy: { id: 'asc' } })
    return keys
      .map((key) =>
        [
          key.id,
          key.prefix,
          key.name,
          key.scopes.join(','),
          key.organizationId ?? 'every organization',
          key.revokedAt === null ? '' : 'revoked',
        ].join('\t'),
      )
      .join('\n')
  }
  if (command === 'revoke') {
    if (values.id === undefined) throw new UsageError('--id: is required')
    if ((await revokeApiKey(db.prisma, values.id, null, new Date())) === null)
      throw new UsageError(`--id: there is no key ${values.id}`)
    return `${values.id} is revoked`
  }
  if (command !== 'create') throw new UsageError(`there is no command ${command ?? ''}`)
  const { name, scopes: list, organization = null, expires } = values
  if (name === undefined || name.trim() === '') throw new UsageError('--name: is required')
  const wanted = (list ?? '').split(/[\s,]+/).filter((scope) => scope !== '')
  if (wanted.length === 0) throw new UsageError('--scopes: is required')
  for (const scope of wanted) if (!isGrantable(scope)) throw new UsageError(`--scopes: ${scope} is not a scope`)
  const expiresAt = expires === undefined ? null : new Date(expires)
  if (expiresAt !== null && Number.isNaN(expiresAt.getTime()))
    throw new UsageError('--expires: must be a time such as 2027-01-01T00:00:00Z')
  const { secret } = await createApiKey(db.prisma, {
    name,
    scopes: wanted,
    organizationId: organization,
    createdBy: 'command line',
    expiresAt,
  })
  return secret
}

try {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const args = readArguments()
  const given = process.env.DATABASE_URL
  const embedded =
    given === undefined ? await reachEmbeddedDatabase(join(process.env.DATA_DIR ?? '.data', 'postgres')) : null
  const connectionString = given ?? embedded!.connectionString
  await migrate(connectionString)
  const db = openDatabase({
    connectionString,
    size: 2,
    onIdleError: (error) => process.stderr.write(`${error.message}\n`),
  })
  try {
    process.stdout.write(`${await run(db, args)}\n`)
  } finally {
    await db.close()
    await embedded?.stop()
  }
} catch (error) {
  process.stderr.write(error instanceof UsageError ? `${error.message}\n${usage}\n` : `${(error as Error).message}\n`)
  process.exitCode = 1
}
