import { once } from 'node:events'
import { pino } from 'pino'
import { startApp, type App } from '../../src/app.ts'
import { createApiKey } from '../../src/auth/api-key.ts'
import { parseConfig } from '../../src/config.ts'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { signDelivery } from '../../src/simulator/sign.ts'
import { createTestDatabase } from './database.ts'
import { QUIET } from './quiet.ts'

export const webhookSecret = 'whsec_test'

export interface TestApp extends App {
  readonly connectionString: string
  /** The test's own pool, for what no public API shows. */
  readonly db: Database
  /** Returns the secret of a new key; without an organization it sees all. */
  key(organizationId?: string | null, scopes?: readonly string[]): Promise<string>
  /** Delivers an event as WorkOS does: signed, as raw bytes. Returns the status. */
  deliver(event: object | string): Promise<number>
  /** Resolves when nothing in the inbox is left to apply. */
  applied(): Promise<void>
  /** Lines that the app logged. */
  readonly lines: readonly Record<string, unknown>[]
}

export interface TestAppOptions {
  /** Settings, as in the environment. */
  readonly env?: Readonly<Record<string, string>>
  /** A database that another app uses too. */
  readonly connectionString?: string
  readonly workosUrl?: string
  readonly webhookSecrets?: readonly string[]
  readonly mode?: 'development' | 'production'
  readonly now?: () => Date
}

/** Starts a server in this process on its own database. `close` removes both. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const own = options.connectionString === undefined ? await createTestDatabase() : null
  const connectionString = options.connectionString ?? own!.connectionString
  const env = {
    PORT: '0',
    HOST: '127.0.0.1',
    DATABASE_URL: connectionString,
    WORKOS_API_KEY: 'sk_test',
    WORKOS_WEBHOOK_SECRET: webhookSecret,
    LOG_LEVEL: 'info',
    ...QUIET,
  }
  const config = parseConfig({ ...env, ...options.env }, options.mode ?? 'production')
  const lines: Record<string, unknown>[] = []
  const log = pino(
    { level: config.logLevel },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  const app = await startApp({
    config,
    connectionString,
    workos: { apiKey: 'sk_test', clientId: null, baseUrl: options.workosUrl ?? 'http://127.0.0.1:9' },
    webhookSecrets: options.webhookSecrets ?? [webhookSecret],
    log,
    ...(options.now && { now: options.now }),
  })
  const db = openDatabase({ connectionString, size: 4, onIdleError: () => {} })
  return {
    ...app,
    connectionString,
    db,
    lines,
    async key(organizationId = null, scopes = ['*']) {
      const { secret } = await createApiKey(db.pool, { name: 'test', scopes, organizationId, createdBy: 'test' })
      return secret
    },
    deliver: (event) => deliver(app.url, event),
    applied: () => applied(db),
    async close() {
      await app.close()
      await db.close()
      await own?.drop()
    },
  }
}

/** Delivers a body as it is, or an event as JSON, signed now with the test's secret. Returns the status. */
export async function deliver(url: string, event: object | string, secret = webhookSecret): Promise<number> {
  const body = typeof event === 'string' ? event : JSON.stringify(event)
  const headers = { 'content-type': 'application/json', 'workos-signature': signDelivery(body, secret, Date.now()) }
  const response = await fetch(`${url}/webhooks/workos`, { method: 'POST', body, headers })
  await response.arrayBuffer()
  return response.status
}

/** Waits on the change log's bell and on a short timer: an event that changes nothing does not ring. */
export async function applied(db: Database): Promise<void> {
  const client = await db.pool.connect()
  try {
    await client.query('listen rollcall_changes')
    for (;;) {
      const { rows } = await client.query<{ busy: boolean }>(
        `select exists (select from inbox_event where status = 'PENDING')
             or exists (select from directory where cascade_after is not null)
             or exists (select from directory_group where cascading) as busy`,
      )
      if (!rows[0]!.busy) return
      await once(client, 'notification', { signal: AbortSignal.timeout(20) }).catch(() => {})
    }
  } finally {
    await client.query('unlisten *')
    client.release()
  }
}
