import { expect, test } from 'vitest'
import { ConfigError, parseConfig, type Mode } from '../src/config.ts'

const production = {
  DATABASE_URL: 'postgresql://rollcall@db/rollcall',
  WORKOS_API_KEY: 'sk_live',
  WORKOS_WEBHOOK_SECRET: 'whsec_1',
}

function complaints(env: Record<string, string | undefined>, mode: Mode): string[] {
  try {
    parseConfig(env, mode)
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/^- /, ''))
    throw error
  }
  return []
}

test('development needs nothing', () => {
  expect(parseConfig({}, 'development')).toEqual({
    mode: 'development',
    host: '127.0.0.1',
    port: 3000,
    publicUrl: null,
    databaseUrl: null,
    databasePoolSize: 20,
    dataDir: '.data',
    workos: null,
    webhook: { secrets: [], toleranceMs: 180_000, maxBodyBytes: 1_048_576 },
    accessTokens: null,
    allowAnonymous: true,
    corsOrigins: [],
    logLevel: 'warn',
    graphqlMaxBodyBytes: 1_048_576,
    importMaxBodyBytes: 16_777_216,
    answerCacheBytes: 33_554_432,
    feedMaxLag: 100_000,
    apply: expect.objectContaining({ concurrency: 4, batchSize: 500 }) as object,
    catchUp: { intervalMs: 5_000, replayMs: 30 * 86_400_000 },
    sync: {
      pollMs: 60_000,
      reconcileMs: 6 * 3_600_000,
      concurrency: 2,
      retryMs: 1_000,
      usersPerSecond: 4,
      guard: { minimum: 20, percent: 20, windowMs: 10_000 },
    },
    outbound: { concurrency: 16, timeoutMs: 15_000, allowPrivate: true },
    retention: {
      intervalMs: 3_600_000,
      tombstoneMs: 90 * 86_400_000,
      payloadMs: 90 * 86_400_000,
      changeMs: 90 * 86_400_000,
      deliveryMs: 90 * 86_400_000,
      mailMs: 90 * 86_400_000,
    },
    jobConcurrency: 2,
    mail: {
      smtpUrl: null,
      from: { name: 'Rollcall', address: 'rollcall@localhost.invalid' },
      ownerEmail: 'owner@localhost.invalid',
      ownerCheckMs: 30_000,
      welcome: null,
    },
    setupInvitations: { lifetimeMs: 30 * 86_400_000, perHour: 5 },
    simulator: { port: 3001, pacePerMinute: 30 },
  })
})

test('production needs its database and its secrets, and listens to everybody but never without a credential', () => {
  expect(complaints({}, 'production')).toEqual([
    'DATABASE_URL: is required',
    'WORKOS_API_KEY: is required',
    'WORKOS_WEBHOOK_SECRET: is required',
  ])
  const config = parseConfig(production, 'production')
  expect(config).toMatchObject({
    host: '0.0.0.0',
    logLevel: 'info',
    allowAnonymous: false,
    workos: { apiKey: 'sk_live', clientId: null, baseUrl: 'https://api.workos.com' },
    webhook: { secrets: ['whsec_1'] },
    sync: { guard: { windowMs: 600_000 } },
  })
  expect(parseConfig({ ...production, HOST: '127.0.0.1' }, 'production').allowAnonymous).toBe(false)
})

test('webhooks go to private addresses in development, and in production only where it says so', () => {
  const allowed = (OUTBOUND_ALLOW_PRIVATE: string | undefined, mode: Mode) =>
    parseConfig({ ...production, OUTBOUND_ALLOW_PRIVATE }, mode).outbound.allowPrivate
  expect([allowed(undefined, 'production'), allowed(undefined, 'development')]).toEqual([false, true])
  expect([allowed('true', 'production'), allowed('false', 'development')]).toEqual([true, false])
  expect(complaints({ OUTBOUND_ALLOW_PRIVATE: 'yes' }, 'development')).toEqual([
    'OUTBOUND_ALLOW_PRIVATE: must be true or false',
  ])
})

test('development with a real WorkOS needs the secret of its webhooks', () => {
  expect(complaints({ WORKOS_API_KEY: 'sk_test' }, 'development')).toEqual(['WORKOS_WEBHOOK_SECRET: is required'])
})

test('everything that is wrong is said at once, by name', () => {
  const wrong = {
    PORT: '70000',
    PUBLIC_URL: 'ftp://example.com',
    DATABASE_URL: 'mysql://localhost/db',
    DATABASE_POOL_SIZE: '1',
    WORKOS_API_BASE_URL: 'api.workos.com',
    AUTH_JWKS_URL: 'nonsense',
    LOG_LEVEL: 'loud',
    WEBHOOK_TOLERANCE_MS: '3 minutes',
    WEBHOOK_MAX_BODY_BYTES: '-1',
    GRAPHQL_MAX_BODY_BYTES: '1',
    APPLY_CONCURRENCY: '0',
    SIMULATOR_PORT: '3.5',
  }
  expect(complaints(wrong, 'production')).toEqual([
    'APPLY_CONCURRENCY: must be a whole number from 1 to 64',
    'AUTH_JWKS_URL: must be a URL that begins with http:// or https://',
    'DATABASE_POOL_SIZE: must be a whole number from 2 to 500',
    'DATABASE_URL: must be a URL that begins with postgresql://',
    'GRAPHQL_MAX_BODY_BYTES: must be a whole number from 1024 to 104857600',
    'LOG_LEVEL: must be trace, debug, info, warn, error, fatal or silent',
    'PORT: must be a whole number from 0 to 65535',
    'PUBLIC_URL: must be a URL that begins with http:// or https://',
    'SIMULATOR_PORT: must be a whole number from 0 to 65535',
    'WEBHOOK_MAX_BODY_BYTES: must be a whole number from 1024 to 104857600',
    'WEBHOOK_TOLERANCE_MS: must be a whole number from 1000 to 86400000',
    'WORKOS_API_BASE_URL: must be a URL that begins with http:// or https://',
    'WORKOS_API_KEY: is required',
    'WORKOS_WEBHOOK_SECRET: is required',
  ])
  // The value itself may be a secret.
  expect(complaints({ ...production, DATABASE_URL: 'mysql://user:hunter2@db' }, 'production').join()).not.toContain(
    'hunter2',
  )
})

test('those who left are not forgotten before everything about them has been said', () => {
  const asked = (env: Record<string, string>) => complaints({ ...production, ...env }, 'production')
  expect(asked({ RETENTION_TOMBSTONE_DAYS: '29' })).toEqual([
    'RETENTION_TOMBSTONE_DAYS: must be 0 or at least 30: CATCH_UP_REPLAY_DAYS is 30, and WorkOS retries webhooks for ' +
      '3 days',
  ])
  expect(asked({ RETENTION_TOMBSTONE_DAYS: '2', CATCH_UP_REPLAY_DAYS: '1' }).join()).toContain('at least 3')
  for (const days of ['0', '30']) parseConfig({ ...production, RETENTION_TOMBSTONE_DAYS: days }, 'production')
})

test('a pool too small for what holds connections for long is refused, and said how large it has to be', () => {
  const least = (env: Record<string, string>) =>
    complaints({ ...production, DATABASE_POOL_SIZE: '2', ...env }, 'production')
  const must = (size: number) => [
    `DATABASE_POOL_SIZE: must be at least ${size} with these settings: ${size - 1} connections may be held for a ` +
      'long time, and everything else needs at least one',
  ]
  expect(least({})).toEqual(must(7))
  const welcome = { WELCOME_MAIL: 'true', WELCOME_URL: 'https://acme.example' }
  expect(least(welcome)).toEqual(must(8))
  expect(least({ ...welcome, DATABASE_POOL_SIZE: '7' })).toEqual(must(8))
  expect(parseConfig({ ...production, ...welcome, DATABASE_POOL_SIZE: '8' }, 'production').databasePoolSize).toBe(8)
  expect(least({ SYNC_CONCURRENCY: '16', DATABASE_POOL_SIZE: '20' })).toEqual(must(21))
  // Jobs take none of them.
  expect(least({ JOB_CONCURRENCY: '64' })).toEqual(must(7))
  // An instance that only receives and answers.
  const quiet = { CATCH_UP_INTERVAL_MS: '0', DIRECTORY_POLL_MS: '0', RETENTION_INTERVAL_MS: '0', OWNER_CHECK_MS: '0' }
  expect(
    parseConfig(
      { ...production, ...quiet, SYNC_CONCURRENCY: '0', JOB_CONCURRENCY: '0', DATABASE_POOL_SIZE: '2' },
      'production',
    ).databasePoolSize,
  ).toBe(2)
})

test('several webhook secrets stand beside each other while one is rotated', () => {
  const { webhook } = parseConfig({ ...production, WORKOS_WEBHOOK_SECRET: ' whsec_old , whsec_new,' }, 'production')
  expect(webhook.secrets).toEqual(['whsec_old', 'whsec_new'])
  expect(complaints({ ...production, WORKOS_WEBHOOK_SECRET: ' , ' }, 'production')).toEqual([
    'WORKOS_WEBHOOK_SECRET: is required',
  ])
})

test('an empty variable counts as one that is absent', () => {
  expect(parseConfig({ PORT: '', HOST: '  ', LOG_LEVEL: undefined, AUTH_ISSUER: '' }, 'development')).toEqual(
    parseConfig({}, 'development'),
  )
})

test('an issuer without keys is a mistake, and keys without an issuer are not', () => {
  expect(complaints({ AUTH_ISSUER: 'https://issuer' }, 'development')).toEqual([
    'AUTH_JWKS_URL: is required with AUTH_ISSUER',
  ])
  const jwksUrl = 'https://api.workos.com/sso/jwks/client_1'
  expect(parseConfig({ AUTH_JWKS_URL: jwksUrl }, 'development').accessTokens).toEqual({ jwksUrl, issuer: null })
})

test('anonymous access is for development on this machine alone', () => {
  const anonymous = (HOST: string) => parseConfig({ HOST }, 'development').allowAnonymous
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1'])
    expect([host, anonymous(host)]).toEqual([host, true])
  for (const host of ['0.0.0.0', '::', '192.168.0.1', 'rollcall.example', '127.0.0.1.example'])
    expect([host, anonymous(host)]).toEqual([host, false])
})

test('the host may be a folder of a socket, as PostgreSQL means it', () => {
  const url = 'postgresql://postgres@/db?host=%2Ftmp&port=5432'
  expect(parseConfig({ DATABASE_URL: url }, 'development').databaseUrl).toBe(url)
})

test('an address of a database that cannot be read is refused, and its password is not told', () => {
  for (const DATABASE_URL of ['postgresql://user:geheim@[::zz/x', 'postgresql://user:geheim@db:99999/x']) {
    expect(complaints({ DATABASE_URL }, 'development')).toEqual(['DATABASE_URL: is not a valid database address'])
  }
})

test('what is no origin is refused by its name, and * stands alone or not at all', () => {
  const wrong = (CORS_ORIGINS: string) => complaints({ CORS_ORIGINS }, 'development')
  const named = (entry: string) => `CORS_ORIGINS: ${entry} is not an origin such as https://app.example.com`
  expect(wrong('https://app.example.com/, app.example.com,https://ok.example,https://App.example.com')).toEqual([
    named('app.example.com'),
    named('https://App.example.com'),
    named('https://app.example.com/'),
  ])
  expect(wrong('https://app.example.com/path')).toEqual([named('https://app.example.com/path')])
  expect(wrong('null')).toEqual([named('null')])
  expect(wrong('*,https://app.example.com')).toEqual(['CORS_ORIGINS: must have * alone, or no *'])
  expect(parseConfig({ CORS_ORIGINS: '*' }, 'development').corsOrigins).toEqual(['*'])
  expect(parseConfig({ CORS_ORIGINS: 'http://localhost:5173' }, 'development').corsOrigins).toHaveLength(1)
})

test('the address of WorkOS is a host and perhaps a port: what else it says would not be used', () => {
  const wrong = (WORKOS_API_BASE_URL: string) => complaints({ WORKOS_API_BASE_URL }, 'development')
  for (const more of ['/v1', '?x=1', '/#x', '//'])
    expect([more, wrong(`https://api.workos.com${more}`)]).toEqual([
      more,
      ['WORKOS_API_BASE_URL: must have only a host and optionally a port'],
    ])
  expect(wrong('https://me:secret@api.workos.com')).toHaveLength(1)
  for (const fine of ['https://api.workos.com', 'https://API.workos.com/', 'http://127.0.0.1:3001', 'https://w:443'])
    expect([fine, wrong(fine)]).toEqual([fine, []])
})

test('mail needs a sender, links a host, and a welcome a way in', () => {
  const smtp = { SMTP_URL: 'smtps://user:password@smtp.acme.example' }
  expect(complaints({ ...production, ...smtp, WELCOME_MAIL: 'true' }, 'production')).toEqual([
    'MAIL_FROM: is required with SMTP_URL',
    'PUBLIC_URL: is required with SMTP_URL',
    'WELCOME_URL: is required with WELCOME_MAIL',
  ])
  const whole = { ...smtp, MAIL_FROM: 'Acme <no-reply@acme.example>', PUBLIC_URL: 'https://rollcall.acme.example' }
  const { mail } = parseConfig(
    { ...production, ...whole, WELCOME_MAIL: 'true', WELCOME_URL: 'https://app.acme.example' },
    'production',
  )
  expect(mail).toMatchObject({
    from: { name: 'Acme', address: 'no-reply@acme.example' },
    ownerEmail: null,
    welcome: { url: new URL('https://app.acme.example'), most: 20 },
  })
  for (const [given, read] of [
    ['no-reply@acme.example', { name: '', address: 'no-reply@acme.example' }],
    ['"Acme, Inc." <a@acme.example>', { name: 'Acme, Inc.', address: 'a@acme.example' }],
  ] as const)
    expect(parseConfig({ MAIL_FROM: given }, 'development').mail.from).toEqual(read)
  for (const MAIL_FROM of [
    'Acme',
    'Acme <a@b>',
    'a@acme.example, b@acme.example',
    'A <a@acme.example>\nBcc: b@acme.example',
  ])
    expect(complaints({ MAIL_FROM }, 'development')).toEqual([expect.stringMatching(/^MAIL_FROM: must be an address/)])
  expect(complaints({ SMTP_URL: 'http://x', OWNER_EMAIL: 'a@b', WELCOME_MAIL: 'yes' }, 'development')).toEqual([
    'MAIL_FROM: is required with SMTP_URL',
    'OWNER_EMAIL: must be a single address, such as it@example.com',
    'SMTP_URL: must be a URL that begins with smtp:// or smtps://',
    'WELCOME_MAIL: must be true or false',
  ])
  // Where nothing is really sent, a developer sees what the owner would be told.
  expect(parseConfig({}, 'development').mail.ownerEmail).toBe('owner@localhost.invalid')
  expect(parseConfig(whole, 'development').mail.ownerEmail).toBeNull()
})
