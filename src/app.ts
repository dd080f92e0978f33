// The composition root: everything is made and connected here, and nowhere else.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApiKey, revokeApiKey } from './auth/api-key.ts'
import { createAuthenticate } from './auth/authenticate.ts'
import { createCredentialWatch } from './auth/watch-credentials.ts'
import { createBell } from './changes/bell.ts'
import { createCursorSeal } from './changes/cursor.ts'
import { createFeed } from './changes/feed.ts'
import { readCursorKey } from './changes/read.ts'
import { createTail } from './changes/tail.ts'
import type { Config } from './config.ts'
import { openDatabase } from './db/database.ts'
import { migrate } from './db/migrate.ts'
import { closeServer } from './http/close-server.ts'
import { createHealth } from './http/health.ts'
import { logRequests } from './http/log-requests.ts'
import { mayReach } from './http/origin.ts'
import { respond } from './http/respond.ts'
import { createSockets } from './http/sockets.ts'
import { createWebhook } from './http/webhook.ts'
import { createGraphQLServer } from './http/yoga.ts'
import { createDiscardEvents } from './inbox/discard.ts'
import { createReceiver } from './inbox/receive.ts'
import { createReplayEvents } from './inbox/replay.ts'
import { startWorker } from './inbox/worker.ts'
import { createShutdown } from './lifecycle.ts'
import type { Log } from './log.ts'
import { logApplied } from './log-applied.ts'
import { createRunWatch, followRun } from './pull/follow-run.ts'
import { createRunOperations } from './pull/manage-runs.ts'
import { startPull } from './pull/start-pull.ts'
import { updateGuard } from './pull/update-guard.ts'
import { startRetention } from './retention/retention.ts'
import { createHealthWatch, followHealth } from './stats/follow-health.ts'
import { createLateCounts } from './stats/late-counts.ts'
import { createWorkosApi } from './workos/api.ts'
import { createWorkos, type WorkosOptions } from './workos/client.ts'
import { createComplete } from './workos/complete.ts'
import { createGeneratePortalLink } from './workos/portal.ts'
import { createServerClock } from './workos/server-clock.ts'
import { createVerify } from './workos/verify.ts'

export interface AppOptions {
  readonly config: Config
  /** The database to use, migrated if need be. */
  readonly connectionString: string
  readonly workos: WorkosOptions
  readonly webhookSecrets: readonly string[]
  readonly log: Log
  readonly now?: () => Date
}

export interface App {
  readonly url: string
  readonly port: number
  /** Stops taking requests, tells sockets to go away, finishes what is under way, and lets go of the database. */
  readonly close: () => Promise<void>
}

/** Migrates the database, begins to apply what is due, and listens. Throws what keeps it from doing so, and is then closed. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, connectionString, log, now = () => new Date() } = options
  const shutdown = createShutdown()
  const onError = (where: string) => (error: unknown) => log.error({ err: error }, where)
  try {
    await migrate(connectionString)
    const db = openDatabase({
      connectionString,
      size: config.databasePoolSize,
      onIdleError: onError('database connection'),
    })
    shutdown.add(() => db.close())
    const lateCounts = createLateCounts({ db: db.pool, onError: onError('statistics') })
    shutdown.add(() => lateCounts.close())
    const cursors = createCursorSeal(await readCursorKey(db.pool))

    const bell = createBell({ connectionString, onError: onError('bell') })
    shutdown.add(() => bell.close())
    const tail = createTail({ db: db.pool, bell, onError: onError('change log') })
    shutdown.add(() => tail.close())
    const feed = createFeed({ db: db.pool, tail, now, maxLag: config.feedMaxLag })

    const runWatch = createRunWatch(db, bell, onError('sync runs'))
    shutdown.add(() => runWatch.close())
    const healthWatch = createHealthWatch(db.pool, bell, onError('health'))
    shutdown.add(() => healthWatch.close())

    const workosClock = createServerClock(now)
    const workos = createWorkos(options.workos, (answer) => workosClock.observe(answer.headers.get('date')))
    const workosApi = createWorkosApi({ workos, clock: workosClock, now, closing: shutdown.signal })
    const worker = startWorker({ db, complete: createComplete(workos), log: logApplied(log), ...config.apply })
    shutdown.add(() => worker.close())

    const generatePortalLink = createGeneratePortalLink({
      // Somebody waits for the answer: one more attempt for a broken connection, the others are theirs to decide on.
      workos: createWorkos({ ...options.workos, maxRetries: 1 }),
      now,
      onError: onError('portal link'),
    })

    const authenticate = createAuthenticate({
      db: db.prisma,
      now,
      accessTokens: config.accessTokens,
      allowAnonymous: config.allowAnonymous,
    })
    const watch = createCredentialWatch({ db: db.prisma, now, onError: onError('credentials') })
    shutdown.add(() => watch.close())

    const yoga = createGraphQLServer({
      authenticate,
      watch,
      shared: {
        db,
        feed,
        followRun: (runId, open) => followRun(runWatch, runId, open),
        followHealth: (directoryId, open) => followHealth(healthWatch, directoryId, open),
        cursors,
        guard: config.sync.guard,
        now,
        operations: {
          createApiKey,
          revokeApiKey,
          generatePortalLink,
          runs: createRunOperations({ db, now, nudge: () => pull.carryOutRuns() }),
          updateGuard: (directoryId, update) => updateGuard(db.pool, directoryId, update),
          replayEvents: createReplayEvents({ db, now, onReplayed: worker.nudge }),
          discardEvents: createDiscardEvents({ db, now }),
        },
      },
      closing: shutdown.signal,
      graphiql: config.mode === 'development',
      corsOrigins: config.corsOrigins,
      maxBodyBytes: config.graphqlMaxBodyBytes,
      onError: onError('graphql'),
    })
    const verify = createVerify({
      workos,
      secrets: options.webhookSecrets,
      toleranceMs: config.webhook.toleranceMs,
      now,
    })
    const retention = startRetention({
      ...config.retention,
      db,
      now,
      closing: shutdown.signal,
      onError: onError('retention'),
    })
    shutdown.add(() => retention.close())
    const pull = startPull({
      db,
      api: workosApi,
      catchUp: config.catchUp,
      sync: config.sync,
      onStored: worker.nudge,
      count: lateCounts.count,
      now,
      closing: shutdown.signal,
      onError,
    })
    shutdown.add(() => pull.close())
    const receiver = createReceiver(db.pool, {
      source: 'WEBHOOK',
      now,
      onStored: () => {
        worker.nudge()
        pull.catchUp() // where one delivery came, another may have been lost
      },
      count: lateCounts.count,
    })
    const webhook = createWebhook({
      verify,
      receiver,
      maxBodyBytes: config.webhook.maxBodyBytes,
      onError: onError('webhook'),
    })
    const health = createHealth({ db, worker, now, closing: shutdown.signal })
    const reachable = mayReach(config)

    const server = createServer((request, response) => void handle(request, response).catch(onError('request')))
    async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      logRequests(log, request, response)
      if (shutdown.signal.aborted) response.setHeader('connection', 'close')
      const path = (request.url ?? '/').split('?', 1)[0]!
      if (path === '/health/live') return health.live(response)
      if (path === '/health/ready') return health.ready(response)
      if (path === '/webhooks/workos') return webhook(request, response)
      if (path !== '/graphql') return respond(response, 404, { error: 'There is nothing here; GraphQL is at /graphql' })
      if (!reachable(request)) return respond(response, 403, { error: 'This server answers to localhost only' })
      await yoga(request, response, {})
    }
    const sockets = createSockets({
      yoga,
      authenticate,
      watch,
      mayConnect: (request) => (request.url ?? '').split('?', 1)[0] === '/graphql' && reachable(request),
      maxMessageBytes: config.graphqlMaxBodyBytes,
      onError: onError('socket'),
    })
    server.on('upgrade', sockets.upgrade)
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(config.port, config.host, resolve))
    // Taken down first: the opposite order of what was put up.
    shutdown.add(() => closeServer(server))
    shutdown.add(() => sockets.close())
    const { port } = server.address() as AddressInfo
    const host = config.host.includes(':') ? `[${config.host}]` : config.host
    return { url: `http://${host}:${port}`, port, close: shutdown.run }
  } catch (error) {
    await shutdown.run()
    throw error
  }
}
