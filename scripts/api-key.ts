// npm run api-key -- create --name backend --scopes '*' [--organization org_…] [--expires 2027-01-01T00:00:00Z]
// npm run api-key -- revoke --id api_key_…
// npm run api-key -- list
// Uses DATABASE_URL; without it the database of `npm run dev`, whether that is running or not.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { NewApiKey } from '../src/auth/api-key.ts'
import { findKeyIssues } from '../src/auth/key-issues.ts'
import { createKeyOperations } from '../src/auth/key-operations.ts'
import { scopes } from '../src/auth/viewer.ts'
import { parseConfig, type Config } from '../src/config.ts'
import { openDatabase, type Database } from '../src/db/database.ts'
import { reachEmbeddedDatabase } from '../src/db/embedded-database.ts'
import { migrate } from '../src/db/migrate.ts'
import { explainStart } from '../src/start/explain-start.ts'
import { parseMoment } from '../src/text/parse-moment.ts'

class UsageError extends Error {}

const usage = `usage:
  npm run api-key -- create --name <name> --scopes '<scope>,<scope>' [--organization org_…] [--expires <RFC 3339>]
  npm run api-key -- revoke --id api_key_…
  npm run api-key -- list
scopes: ${Object.keys(scopes).join(', ')}, or * for everything`

const text = { type: 'string' } as const
const options = {
  name: text,
  scopes: text,
  organization: text,
  expires: text,
  id: text,
  help: { type: 'boolean', short: 'h' },
} as const

function readArguments() {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options })
    const [command, ...others] = positionals
    if (others.length > 0) throw new Error(`what is ${others.join(' ')}? Several scopes are given as one, by commas`)
    return { command, values }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

// The names in issues, and the options that they come from.
const OPTIONS: Partial<Record<keyof NewApiKey, string>> = { organizationId: 'organization', expiresAt: 'expires' }

function readKey(values: ReturnType<typeof readArguments>['values']): Omit<NewApiKey, 'createdBy'> {
  const { name, scopes: list, organization = null, expires } = values
  if (name === undefined || name.trim() === '') throw new UsageError('--name: is required')
  const wanted = (list ?? '').split(/[\s,]+/).filter((scope) => scope !== '')
  if (wanted.length === 0) throw new UsageError('--scopes: is required')
  const expiresAt = expires === undefined ? null : parseMoment(expires)
  if (expires !== undefined && expiresAt === null)
    throw new UsageError('--expires: must be a time such as 2027-01-01T00:00:00Z')
  const key = { name: name.trim(), scopes: wanted, organizationId: organization, expiresAt }
  const issues = findKeyIssues(key, new Date())
  if (issues.length > 0)
    throw new UsageError(issues.map(({ path: [of], message }) => `--${OPTIONS[of] ?? of}: ${message}`).join('\n'))
  return key
}

const actor = 'command line'
const COLUMNS = ['id', 'prefix', 'name', 'scopes', 'organization', 'expires', 'revoked']

async function run(db: Database, { command, values }: ReturnType<typeof readArguments>): Promise<string> {
  const keys = createKeyOperations({ db, now: () => new Date() })
  if (command === 'list') {
    const all = await db.prisma.apiKey.findMany({ orderBy: { id: 'asc' } })
    const rows = all.map((key) => [
      key.id,
      key.prefix,
      key.name.replaceAll(/\p{Cc}/gu, '\uFFFD'), // one that was named before these were refused
      key.scopes.join(','),
      key.organizationId ?? 'every organization',
      key.expiresAt?.toISOString() ?? 'never',
      key.revokedAt === null ? '' : 'revoked',
    ])
    return [COLUMNS, ...rows].map((row) => row.join('\t')).join('\n')
  }
  if (command === 'revoke') {
    if (values.id === undefined) throw new UsageError('--id: is required')
    if (!(await keys.revoke(values.id, { actor, organizationId: null })))
      throw new UsageError(`--id: there is no key ${values.id}`)
    return `${values.id} is revoked`
  }
  if (command !== 'create') throw new UsageError(`there is no command ${command ?? ''}`)
  const key = readKey(values)
  const { secret, isOrganizationNew } = await keys.create({ ...key, createdBy: actor })
  if (isOrganizationNew)
    process.stderr.write(
      `${key.organizationId} is new here: the key sees nothing until WorkOS tells of a directory of it. ` +
        'If it is mistyped, revoke the key.\n',
    )
  return secret
}

let settings: Pick<Config, 'databaseUrl' | 'dataDir'> | null = null

async function main(args: ReturnType<typeof readArguments>): Promise<void> {
  // Only settings used here may cause errors here.
  const { DATABASE_URL, DATA_DIR } = process.env
  const { databaseUrl, dataDir } = parseConfig({ DATABASE_URL, DATA_DIR }, 'development')
  settings = { databaseUrl, dataDir }
  const folder = join(dataDir, 'postgres')
  // Otherwise the key would be created where no server knows it.
  if (databaseUrl === null && !existsSync(folder))
    throw new UsageError(`DATABASE_URL is not set, and npm run dev has made no database in ${dataDir} yet`)
  const embedded = databaseUrl === null ? await reachEmbeddedDatabase(folder) : null
  const connectionString = databaseUrl ?? embedded!.connectionString
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
}

try {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const args = readArguments()
  if (args.values.help === true) process.stdout.write(`${usage}\n`)
  else await main(args)
} catch (error) {
  process.stderr.write(
    error instanceof UsageError ? `${error.message}\n${usage}\n` : `${explainStart(error, settings)}\n`,
  )
  process.exitCode = 1
}
