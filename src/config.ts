import * as z from 'zod'
import {
  anyWholeNumber,
  isConnectionString,
  isHostAlone,
  list,
  origins,
  parseSender,
  truth,
  url,
  wholeNumber,
} from './setting-types.ts'
import { isLoopback } from './text/is-loopback.ts'

/** Everything that is wrong with the environment, at once. */
export class ConfigError extends Error {
  constructor(complaints: readonly string[]) {
    super(`The settings cannot be used:\n${complaints.map((complaint) => `- ${complaint}`).join('\n')}`)
    this.name = 'ConfigError'
  }
}

const DAY_MS = 86_400_000

/** Used only if there is no mail server. */
const DEVELOPMENT_SENDER = 'Rollcall <rollcall@localhost.invalid>'

export type Mode = 'development' | 'production'

const environment = z.object({
  PORT: wholeNumber(0, 65_535, 3000),
  HOST: z.string().optional(),
  PUBLIC_URL: url('http:', 'https:').optional(),
  // libpq's form, whose host may be empty (a socket's folder): `URL` cannot parse that.
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/\S+$/, { message: 'must be a URL that begins with postgresql://', abort: true })
    .refine(isConnectionString, 'is not a valid database address')
    .optional(),
  DATABASE_POOL_SIZE: wholeNumber(2, 500, 20),
  DATA_DIR: z.string().default('.data'),
  WORKOS_API_KEY: z.string().optional(),
  WORKOS_CLIENT_ID: z.string().optional(),
  WORKOS_API_BASE_URL: url('http:', 'https:')
    .refine(isHostAlone, 'must have only a host and optionally a port')
    .default('https://api.workos.com'),
  WORKOS_WEBHOOK_SECRET: list,
  AUTH_JWKS_URL: url('http:', 'https:').optional(),
  AUTH_ISSUER: z.string().optional(),
  CORS_ORIGINS: origins,
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .optional(),
  WEBHOOK_TOLERANCE_MS: wholeNumber(1_000, DAY_MS, 180_000),
  WEBHOOK_MAX_BODY_BYTES: wholeNumber(1_024, 104_857_600, 1_048_576),
  GRAPHQL_MAX_BODY_BYTES: wholeNumber(1_024, 104_857_600, 1_048_576),
  IMPORT_MAX_BODY_BYTES: wholeNumber(1_024, 104_857_600, 16_777_216),
  ANSWER_CACHE_BYTES: wholeNumber(0, 1_073_741_824, 33_554_432),
  FEED_MAX_LAG: wholeNumber(1, 1_000_000_000, 100_000),
  APPLY_CONCURRENCY: wholeNumber(1, 64, 4),
  APPLY_BATCH_SIZE: wholeNumber(1, 5_000, 500),
  CATCH_UP_INTERVAL_MS: wholeNumber(0, 3_600_000, 5_000),
  CATCH_UP_REPLAY_DAYS: wholeNumber(1, 90, 30),
  DIRECTORY_POLL_MS: wholeNumber(0, DAY_MS, 60_000),
  RECONCILE_INTERVAL_MS: wholeNumber(0, 2_592_000_000, 21_600_000),
  SYNC_CONCURRENCY: wholeNumber(0, 16, 2),
  SYNC_RETRY_MS: wholeNumber(1, 3_600_000, 1_000),
  DIRECTORY_USERS_PER_SECOND: wholeNumber(0, 1_000, 4),
  GUARD_MINIMUM: wholeNumber(0, 1_000_000, 20),
  GUARD_PERCENT: wholeNumber(0, 100, 20),
  OUTBOUND_CONCURRENCY: wholeNumber(0, 256, 16),
  OUTBOUND_TIMEOUT_MS: wholeNumber(100, 60_000, 15_000),
  OUTBOUND_ALLOW_PRIVATE: truth.optional(),
  GUARD_WINDOW_MS: anyWholeNumber(1, DAY_MS).optional(),
  RETENTION_INTERVAL_MS: wholeNumber(0, DAY_MS, 3_600_000),
  RETENTION_TOMBSTONE_DAYS: wholeNumber(0, 36_500, 90),
  RETENTION_PAYLOAD_DAYS: wholeNumber(0, 36_500, 90),
  RETENTION_CHANGE_DAYS: wholeNumber(0, 36_500, 90),
  RETENTION_DELIVERY_DAYS: wholeNumber(0, 36_500, 90),
  RETENTION_MAIL_DAYS: wholeNumber(0, 36_500, 90),
  JOB_CONCURRENCY: wholeNumber(0, 64, 2),
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  MAIL_FROM: z
    .string()
    .refine(
      (text) => parseSender(text) !== null,
      'must be an address, or a name and an address such as Acme <a@b.example>',
    )
    .optional(),
  OWNER_EMAIL: z.email('must be a single address, such as it@example.com').optional(),
  OWNER_CHECK_MS: wholeNumber(0, DAY_MS, 30_000),
  WELCOME_MAIL: truth.default(false),
  WELCOME_URL: url('http:', 'https:').optional(),
  WELCOME_MOST: wholeNumber(1, 1_000_000, 20),
  SETUP_INVITATION_DAYS: wholeNumber(1, 365, 30),
  SETUP_INVITATIONS_PER_HOUR: wholeNumber(1, 1_000_000, 5),
  SIMULATOR_PORT: wholeNumber(0, 65_535, 3001),
  SIMULATOR_PACE: wholeNumber(0, 6_000, 30),
})

/** https://workos.com/docs/events/data-syncing/webhooks: up to 6 attempts in 3 days. */
const WORKOS_RETRY_DAYS = 3

export type Config = Readonly<ReturnType<typeof configOf>>

/**
 * Parses the settings from an environment. Empty variables count as absent. Throws ConfigError, which names everything
 * that is missing or wrong. In production nothing that matters has a default.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>, mode: Mode): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
  const parsed = environment.safeParse(given)
  const complaints = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const required = mode === 'production' ? ['DATABASE_URL', 'WORKOS_API_KEY', 'WORKOS_WEBHOOK_SECRET'] : []
  if (mode === 'development' && given.WORKOS_API_KEY !== undefined) required.push('WORKOS_WEBHOOK_SECRET')
  // Only commas means no secret.
  for (const name of required) if (/^[\s,]*$/.test(given[name] ?? '')) complaints.push(`${name}: is required`)
  if (given.AUTH_ISSUER !== undefined && given.AUTH_JWKS_URL === undefined)
    complaints.push('AUTH_JWKS_URL: is required with AUTH_ISSUER')
  // Without them, mail would have no sender, and its links no host.
  for (const name of mode === 'production' ? ['MAIL_FROM', 'PUBLIC_URL'] : ['MAIL_FROM'])
    if (given.SMTP_URL !== undefined && given[name] === undefined) complaints.push(`${name}: is required with SMTP_URL`)
  if (given.WELCOME_MAIL === 'true' && given.WELCOME_URL === undefined)
    complaints.push('WELCOME_URL: is required with WELCOME_MAIL')
  if (parsed.success) {
    const { RETENTION_TOMBSTONE_DAYS: kept, CATCH_UP_REPLAY_DAYS: replayed } = parsed.data
    const least = Math.max(replayed, WORKOS_RETRY_DAYS)
    // An event about a leaver whose tombstone was purged would let them in again.
    if (kept > 0 && kept < least)
      complaints.push(
        `RETENTION_TOMBSTONE_DAYS: must be 0 or at least ${least}: CATCH_UP_REPLAY_DAYS is ${replayed}, and WorkOS ` +
          `retries webhooks for ${WORKOS_RETRY_DAYS} days`,
      )
    const held = heldConnections(parsed.data)
    if (parsed.data.DATABASE_POOL_SIZE <= held)
      complaints.push(
        `DATABASE_POOL_SIZE: must be at least ${held + 1} with these settings: ${held} connections may be held for ` +
          'a long time, and everything else needs at least one',
      )
  }
  if (complaints.length > 0 || !parsed.success) throw new ConfigError(complaints.sort())
  return configOf(parsed.data, mode)
}

/**
 * Returns how many connections may be held at once by work that meanwhile waits for something else: WorkOS, or another
 * connection. If the pool has no more than these, they wait for each other. Jobs have separate connections.
 */
function heldConnections(env: z.infer<typeof environment>): number {
  const rounds = [env.CATCH_UP_INTERVAL_MS, env.DIRECTORY_POLL_MS, env.RETENTION_INTERVAL_MS, env.OWNER_CHECK_MS]
  const welcoming = env.WELCOME_MAIL ? 1 : 0
  return rounds.filter((intervalMs) => intervalMs > 0).length + welcoming + env.SYNC_CONCURRENCY
}

function configOf(env: z.infer<typeof environment>, mode: Mode) {
  // In the simulator's companies a day takes minutes.
  const windowMs = mode === 'development' && env.WORKOS_API_KEY === undefined ? 10_000 : 600_000
  const host = env.HOST ?? (mode === 'production' ? '0.0.0.0' : '127.0.0.1')
  return {
    mode,
    host,
    port: env.PORT,
    publicUrl: env.PUBLIC_URL ?? null,
    databaseUrl: env.DATABASE_URL ?? null,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    dataDir: env.DATA_DIR,
    workos:
      env.WORKOS_API_KEY === undefined
        ? null
        : { apiKey: env.WORKOS_API_KEY, clientId: env.WORKOS_CLIENT_ID ?? null, baseUrl: env.WORKOS_API_BASE_URL },
    webhook: {
      secrets: env.WORKOS_WEBHOOK_SECRET,
      toleranceMs: env.WEBHOOK_TOLERANCE_MS,
      maxBodyBytes: env.WEBHOOK_MAX_BODY_BYTES,
    },
    accessTokens:
      env.AUTH_JWKS_URL === undefined ? null : { jwksUrl: env.AUTH_JWKS_URL, issuer: env.AUTH_ISSUER ?? null },
    /** Only if no other machine can connect. */
    allowAnonymous: mode === 'development' && isLoopback(host),
    corsOrigins: env.CORS_ORIGINS,
    logLevel: env.LOG_LEVEL ?? (mode === 'production' ? 'info' : 'warn'),
    graphqlMaxBodyBytes: env.GRAPHQL_MAX_BODY_BYTES,
    importMaxBodyBytes: env.IMPORT_MAX_BODY_BYTES,
    answerCacheBytes: env.ANSWER_CACHE_BYTES,
    feedMaxLag: env.FEED_MAX_LAG,
    apply: { concurrency: env.APPLY_CONCURRENCY, batchSize: env.APPLY_BATCH_SIZE },
    catchUp: { intervalMs: env.CATCH_UP_INTERVAL_MS, replayMs: env.CATCH_UP_REPLAY_DAYS * DAY_MS },
    sync: {
      pollMs: env.DIRECTORY_POLL_MS,
      reconcileMs: env.RECONCILE_INTERVAL_MS,
      concurrency: env.SYNC_CONCURRENCY,
      retryMs: env.SYNC_RETRY_MS,
      usersPerSecond: env.DIRECTORY_USERS_PER_SECOND,
      guard: { minimum: env.GUARD_MINIMUM, percent: env.GUARD_PERCENT, windowMs: env.GUARD_WINDOW_MS ?? windowMs },
    },
    outbound: {
      concurrency: env.OUTBOUND_CONCURRENCY,
      timeoutMs: env.OUTBOUND_TIMEOUT_MS,
      /** Whether webhooks may go to private and local addresses, and over HTTP. */
      allowPrivate: env.OUTBOUND_ALLOW_PRIVATE ?? mode === 'development',
    },
    retention: {
      intervalMs: env.RETENTION_INTERVAL_MS,
      tombstoneMs: env.RETENTION_TOMBSTONE_DAYS * DAY_MS,
      payloadMs: env.RETENTION_PAYLOAD_DAYS * DAY_MS,
      changeMs: env.RETENTION_CHANGE_DAYS * DAY_MS,
      deliveryMs: env.RETENTION_DELIVERY_DAYS * DAY_MS,
      mailMs: env.RETENTION_MAIL_DAYS * DAY_MS,
    },
    jobConcurrency: env.JOB_CONCURRENCY,
    mail: {
      smtpUrl: env.SMTP_URL ?? null,
      from: parseSender(env.MAIL_FROM ?? DEVELOPMENT_SENDER)!,
      /** If no mail is really sent, the owner's mail is still there to be looked at. */
      ownerEmail:
        env.OWNER_EMAIL ?? (mode === 'development' && env.SMTP_URL === undefined ? 'owner@localhost.invalid' : null),
      ownerCheckMs: env.OWNER_CHECK_MS,
      welcome: env.WELCOME_MAIL ? { url: new URL(env.WELCOME_URL!), most: env.WELCOME_MOST } : null,
    },
    setupInvitations: { lifetimeMs: env.SETUP_INVITATION_DAYS * DAY_MS, perHour: env.SETUP_INVITATIONS_PER_HOUR },
    simulator: { port: env.SIMULATOR_PORT, pacePerMinute: env.SIMULATOR_PACE },
  }
}
