import { createDevMail } from '../http/dev-mail.ts'
import { createExportRoute } from '../http/export-route.ts'
import { createHealth } from '../http/health.ts'
import { createMetricsRoute } from '../http/metrics.ts'
import { createRoutes, type Handler, type RoutesOptions } from '../http/routes.ts'
import { createSetup } from '../http/setup.ts'
import { createWebhook } from '../http/webhook.ts'
import { logUnsigned } from '../log/log-unsigned.ts'
import type { SetupInvitations } from '../setup/setup-invitations.ts'
import type { Base } from './base.ts'
import type { Workos } from './connect-workos.ts'
import type { GraphQL } from './open-graphql.ts'
import type { Work } from './start-work.ts'

interface RoutesParts {
  readonly workos: Workos
  readonly work: Work
  readonly graphql: GraphQL
  readonly setupInvitations: SetupInvitations
  /** The product's name on pages that customers see. */
  readonly product: string
  readonly workosUrl: string
  readonly refuseForeign: RoutesOptions['refuseForeign']
}

/** Builds what answers requests. */
export function openRoutes(base: Base, parts: RoutesParts): Handler {
  const { config, db, log, metrics, now, readBody, shutdown, onError } = base
  const { workos, work, graphql, setupInvitations, product, workosUrl, refuseForeign } = parts
  const { authenticate, watch } = graphql
  const closing = shutdown.signal
  return createRoutes({
    ...createHealth({ db, worker: work.worker, now, closing }),
    refuseForeign,
    hasGraphiQL: config.mode === 'development',
    graphql: graphql.route,
    webhook: createWebhook({
      verify: workos.verify,
      receiver: work.receiver,
      readBody,
      maxBodyBytes: config.webhook.maxBodyBytes,
      onError: onError('webhook'),
      onUnsigned: logUnsigned(log),
      onDelivery: metrics.requests.delivered,
    }),
    setup: createSetup({ invitations: setupInvitations, product, workosUrl, onError: onError('setup') }),
    exported: createExportRoute({ db: db.pool, authenticate, watch, now, closing, onError: onError('export') }),
    metrics: createMetricsRoute({ scrape: metrics.scrape, authenticate, onError: onError('metrics') }),
    devMail: config.allowAnonymous ? createDevMail(db.pool) : null,
  })
}
