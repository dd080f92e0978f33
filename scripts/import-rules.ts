// Who may import whom: the table of ARCHITECTURE.md, as a program. `npm run check:imports` and test/contract enforce
// it.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * For each module of src, what it may import of the others: modules, or single files of one. `generated` is Prisma's.
 */
export const rules: Record<string, readonly string[]> = {
  text: [],
  directory: ['text'],
  operations: ['directory'],
  db: ['generated'],
  workos: ['directory', 'operations', 'text'],
  changes: ['directory', 'db'],
  stats: ['directory', 'text', 'db', 'changes'],
  roles: ['directory', 'operations', 'text', 'db', 'changes', 'attributes'],
  accounts: ['directory', 'operations', 'text', 'db', 'changes', 'stats', 'roles', 'rounds.ts'],
  sync: ['directory', 'operations', 'text', 'db', 'changes', 'attributes', 'roles', 'accounts'],
  guard: ['directory', 'operations', 'text', 'db', 'changes', 'stats'],
  inbox: [
    'directory',
    'operations',
    'db',
    'changes/append.ts',
    'changes/by-hand.ts',
    'changes/draft-change.ts',
    'accounts/settle-next.ts',
    'stats',
    'guard',
    'sync',
    'workos/decode.ts',
    'workos/envelope.ts',
  ],
  attributes: ['directory', 'db'],
  pull: [
    'directory',
    'operations',
    'text',
    'db',
    'changes',
    'stats',
    'guard',
    'sync',
    'inbox/receive.ts',
    'workos',
    'generated',
    'rounds.ts',
  ],
  outbound: ['directory', 'operations', 'text', 'db', 'changes', 'rounds.ts'],
  retention: [
    'db',
    'changes',
    'accounts',
    'inbox/tell-events.ts',
    'outbound/lock-endpoint.ts',
    'outbound/forget-messages.ts',
    'rounds.ts',
  ],
  metrics: [
    'directory',
    'db/database.ts',
    'inbox/apply-batch.ts',
    'inbox/apply-due.ts',
    'inbox/receive.ts',
    'stats/lag.ts',
    'workos/envelope.ts',
  ],
  jobs: ['text', 'db', 'rounds.ts'],
  mail: ['text', 'db', 'stats', 'jobs', 'rounds.ts'],
  setup: ['operations', 'text', 'db', 'changes', 'mail/queue-mail.ts'],
  auth: ['directory', 'operations', 'text', 'db', 'changes', 'generated', 'rounds.ts'],
  graphql: [
    'directory',
    'operations',
    'text',
    'db/database.ts',
    'db/column-of.ts',
    'changes',
    'stats',
    'attributes',
    'auth',
    'generated',
  ],
  answers: ['changes/news.ts'],
  executor: [],
  exports: ['db'],
  http: [
    'answers',
    'executor',
    'exports',
    'operations',
    'text',
    'graphql',
    'auth',
    'changes/feed-reader.ts',
    'changes/feed.ts',
    'changes/lease.ts',
    'db',
    'inbox/receive.ts',
    'inbox/worker.ts',
    'workos/verify.ts',
    'mail/escape-html.ts',
    'mail/read-mail.ts',
    'setup/open-invitation.ts',
    'log/log.ts',
  ],
  simulator: ['text'],
  log: ['operations', 'text', 'inbox/apply-due.ts', 'jobs/job-log.ts', 'mail/deliver-mail.ts', 'workos/snapshot.ts'],
  start: ['app.ts', 'config.ts', 'db/errors.ts', 'db/embedded/start-postgres.ts', 'lifecycle.ts', 'log/log.ts'],
  'config.ts': ['setting-types.ts', 'text'],
  'setting-types.ts': [],
  'lifecycle.ts': [],
  'rounds.ts': [],
  'app.ts': [
    'app',
    'changes/read.ts',
    'config.ts',
    'db',
    'http',
    'jobs',
    'lifecycle.ts',
    'log',
    'mail',
    'metrics',
    'setup',
    'workos/client.ts',
  ],
  app: [
    'accounts',
    'auth',
    'changes',
    'config.ts',
    'db',
    'guard',
    'graphql/context.ts',
    'graphql/loading/known-counts.ts',
    'http',
    'inbox',
    'lifecycle.ts',
    'log',
    'metrics',
    'outbound',
    'pull',
    'retention',
    'roles',
    'setup',
    'stats',
    'sync/update-attribute-mapping.ts',
    'workos',
  ],
  'main.js': ['start'],
  'dev-roles.ts': [],
  'dev.ts': [
    'app.ts',
    'config.ts',
    'db',
    'dev-roles.ts',
    'start/explain-start.ts',
    'lifecycle.ts',
    'log/log.ts',
    'simulator',
  ],
}

/** Packages that only these modules may import. */
const packages: Record<string, string> = {
  '@workos-inc/node': 'workos',
  '@prisma/': 'db',
  graphql: 'answers executor graphql http',
  ws: 'http',
  standardwebhooks: 'outbound',
  'prom-client': 'metrics',
  'graphile-worker': 'jobs',
  nodemailer: 'mail',
}

const source = fileURLToPath(new URL('../src/', import.meta.url))

/** Returns every import of src that the rules do not allow, as a sentence. */
export function breaches(): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.[jt]s$/.test(file) && !file.startsWith('generated/'))
    .flatMap((file) => breachesOf(file, readFileSync(join(source, file), 'utf8')))
}

function breachesOf(file: string, text: string): string[] {
  const module = moduleOf(file)
  const allowed = rules[module]
  if (allowed === undefined) return [`src/${file}: no rule says what ${module} may import`]
  const imports = [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
    ),
  ]
  const problems = imports.flatMap(([, a, b, c]) => {
    const target = (a ?? b ?? c)!
    return target.startsWith('.') ? wrongFile(file, module, allowed, target) : wrongPackage(file, module, target)
  })
  const readsEnvironment =
    /\bprocess\.env\b/.test(text) && !['main.js', 'dev.ts'].includes(file) && !file.startsWith('db/embedded/')
  return readsEnvironment
    ? [...problems, `src/${file}: only the entries read process.env, and hand on what config.ts makes of it`]
    : problems
}

function wrongFile(file: string, module: string, allowed: readonly string[], target: string): string[] {
  const path = posix.normalize(posix.join(posix.dirname(file), target))
  const other = moduleOf(path)
  if (path.startsWith('..')) return [`src/${file}: imports ${target}, which is outside of src`]
  const fits = other === module || allowed.includes(other) || allowed.includes(path)
  return fits ? [] : [`src/${file}: ${module} may not import ${path}`]
}

function wrongPackage(file: string, module: string, target: string): string[] {
  const owner = Object.entries(packages).find(
    ([name]) => target === name || target.startsWith(name.endsWith('/') ? name : `${name}/`),
  )?.[1]
  return owner === undefined || owner.split(' ').includes(module)
    ? []
    : [`src/${file}: ${target} is for ${owner} alone`]
}

function moduleOf(file: string): string {
  return file.split('/', 1)[0]!
}
