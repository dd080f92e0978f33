// The composition root: everything is created and wired here and in src/app, and nowhere else.
import type { Base } from './app/base.ts'
import { connectWorkos } from './app/connect-workos.ts'
import { listen } from './app/listen.ts'
import { openFeeds } from './app/open-feeds.ts'
import { openGraphQL } from './app/open-graphql.ts'
import { openOperations } from './app/open-operations.ts'
import { openRoutes } from './app/open-routes.ts'
import { startWork } from './app/start-work.ts'
import { readClock } from './changes/read.ts'
import type { Config } from './config.ts'
import { openDatabase } from './db/database.ts'
import { isMigrated, migrate } from './db/migrate.ts'
import { createReadBody } from './http/read-body.ts'
import { refuseForeignPages } from './http/refuse-foreign-pages.ts'
import { prepareJobs } from './jobs/prepare-jobs.ts'
import { startJobs } from './jobs/start-jobs.ts'
import { createShutdown } from './lifecycle.ts'
import { logErrors } from './log/log-errors.ts'
import { logForeignPages } from './log/log-foreign-pages.ts'
import type { Log } from './log/log.ts'
import { logJobs } from './log/log-jobs.ts'
import { logMail } from './log/log-mail.ts'
import { createMail } from './mail/mail.ts'
import { createMetrics } from './metrics/metrics.ts'
import { createSetupInvitations } from './setup/setup-invitations.ts'
import type { WorkosOptions } from './workos/client.ts'

export interface AppOptions {
  readonly config: Config
  /** The database to use; migrated if necessary. */
  readonly connectionString: string
  readonly workos: WorkosOptions
  readonly webhookSecrets: readonly string[]
  readonly log: Log
  readonly now?: () => Date
}

export interface App {
  readonly url: string
  readonly port: number
  /** Stops accepting requests, closes sockets, finishes what is under way, and releases the database. */
  readonly close: () => Promise<void>
}

/**
 * Migrates the database, starts applying what is due, and listens. If something prevents that, closes everything and
 * throws it.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, connectionString, log, now = () => new Date() } = options
  const isDevelopment = config.mode === 'development'
  const shutdown = createShutdown()
  const onError = logErrors(log)
  try {
    const db = openDatabase({
      connectionString,
      size: config.databasePoolSize,
      onIdleError: onError('database connection'),
    })
    shutdown.add(() => db.close())
    if (!(await isMigrated(db.pool))) await migrate(connectionString)
    await prepareJobs(db.pool)
    const metrics = createMetrics({
      db: db.pool,
      instance: {
        feedSubscribers: () => feeds.feed.subscribers(),
        sockets: () => graphql.sockets.count(),
        receiving: () => work.receiver.waiting(),
        completing: () => work.worker.completing(),
        answerBytes: () => graphql.responseCache.bytes(),
        pool: db.pool,
      },
      changesAfter: (await readClock(db.pool)).head,
    })
    const readBody = createReadBody(4 * largestBody(config))
    const base: Base = { config, db, connectionString, log, metrics, now, readBody, shutdown, onError }
    const feeds = await openFeeds(base)
    const workos = connectWorkos(base, options.workos, options.webhookSecrets)
    const work = startWork(base, workos, feeds)

    let address: string | null = null
    const mail = createMail({ ...config.mail, db, keepsContent: isDevelopment, log: logMail(log) })
    const setupInvitations = createSetupInvitations({
      ...config.setupInvitations,
      db,
      generatePortalLink: workos.generatePortalLink,
      queueMail: mail.queue,
      hasMail: config.mail.smtpUrl !== null || isDevelopment,
      publicUrl: () => config.publicUrl ?? (isDevelopment ? address : null),
      now,
    })
    const refuseForeign = refuseForeignPages({ ...config, onForeignPage: logForeignPages(log) })
    const graphql = openGraphQL(base, {
      feeds,
      refuseForeign,
      operations: openOperations(base, work, setupInvitations),
      simulatorUrl: config.workos === null ? options.workos.baseUrl : null,
    })
    const route = openRoutes(base, {
      workos,
      work,
      graphql,
      setupInvitations,
      product: mail.product,
      workosUrl: options.workos.baseUrl,
      refuseForeign,
    })
    const { url, port } = await listen(base, route, graphql.sockets)
    address = url

    const jobs = startJobs({
      connectionString,
      tasks: mail.tasks,
      concurrency: config.jobConcurrency,
      closing: shutdown.signal,
      log: logJobs(log),
      onError: onError('jobs'),
    })
    shutdown.add(() => jobs.close())
    if (config.mail.ownerEmail === null) log.info('OWNER_EMAIL is not set: nobody is notified of problems')
    const mailRounds = mail.start({ now, closing: shutdown.signal, onError })
    shutdown.add(() => mailRounds.close())
    return { url, port, close: shutdown.run }
  } catch (error) {
    await shutdown.run()
    throw error
  }
}

const largestBody = ({ webhook, graphqlMaxBodyBytes, importMaxBodyBytes }: Config): number =>
  Math.max(webhook.maxBodyBytes, graphqlMaxBodyBytes, importMaxBodyBytes)
