import { createAccessEnds } from '../auth/access-ends.ts'
import { createAuthenticate } from '../auth/authenticate.ts'
import { createCredentialWatch } from '../auth/watch-credentials.ts'
import { createNews } from '../changes/news.ts'
import type { Operations } from '../graphql/context.ts'
import { createKnownCounts } from '../graphql/loading/known-counts.ts'
import { createContextOf } from '../http/graphql/context-of.ts'
import { exampleTabs } from '../http/graphql/graphiql-tabs.ts'
import { createGraphQLRoute } from '../http/graphql/graphql-route.ts'
import type { OnOperation } from '../http/graphql/operation-outcome.ts'
import { createResponseCache } from '../http/graphql/response-cache.ts'
import type { RefuseForeignPages } from '../http/refuse-foreign-pages.ts'
import { pathOf } from '../http/request-url.ts'
import { createSharing } from '../http/sharing/shared-results.ts'
import { createSockets } from '../http/sockets/sockets.ts'
import { createGraphQLServer } from '../http/graphql/yoga.ts'
import { logBadFrames } from '../log/log-bad-frames.ts'
import { createLagWatch } from '../stats/lag-watch.ts'
import type { Base } from './base.ts'
import type { Feeds } from './open-feeds.ts'

interface GraphQLOptions {
  readonly feeds: Feeds
  /** The operations behind mutations. */
  readonly operations: () => Operations
  readonly refuseForeign: RefuseForeignPages
  /** For GraphiQL; null if a real WorkOS feeds the mirror. */
  readonly simulatorUrl: string | null
}

/** The part of `ANSWER_CACHE_BYTES` that counts may take in addition. */
const SHARE_OF_COUNTS = 1 / 16

/** GraphQL over HTTP and WebSocket, and how it authenticates callers. */
export function openGraphQL(base: Base, { feeds, operations, refuseForeign, simulatorUrl }: GraphQLOptions) {
  const { config, db, log, metrics, now, readBody, onError, shutdown } = base
  const ends = createAccessEnds({
    db: db.pool,
    bell: feeds.bell,
    closing: shutdown.signal,
    onError: onError('ends of access'),
  })
  shutdown.add(() => ends.close())
  const authenticate = createAuthenticate({
    db,
    ends,
    now,
    accessTokens: config.accessTokens,
    allowAnonymous: config.allowAnonymous,
  })
  const watch = createCredentialWatch({ db, ends, now, onError: onError('credentials') })
  shutdown.add(() => watch.close())

  const { cursors, feed, followRun, followHealth } = feeds
  const lags = createLagWatch({ db: db.pool, onError: onError('freshness') })
  const news = createNews(db.quick)
  const counts = createKnownCounts(news, config.answerCacheBytes * SHARE_OF_COUNTS)
  const sharing = createSharing(feed)
  const contextOf = createContextOf({
    watch,
    shared: { db, counts, feed, followRun, followHealth, cursors, guard: config.sync.guard, now, operations },
    closing: shutdown.signal,
  })
  const onOperation: OnOperation = (outcome, seconds) => metrics.requests.operated('http', outcome, seconds)
  const responseCache = createResponseCache({
    news,
    maxBytes: config.answerCacheBytes,
    lags,
    onLookup: metrics.requests.looked,
    onOperation,
  })
  const yoga = createGraphQLServer({
    authenticate,
    contextOf,
    sharing,
    graphiql: config.mode === 'development' ? exampleTabs(simulatorUrl) : null,
    corsOrigins: config.corsOrigins,
    maxBodyBytes: config.graphqlMaxBodyBytes,
    maxUploadBytes: config.importMaxBodyBytes,
    lags,
    onError: onError('graphql'),
    onOperation,
  })
  const route = createGraphQLRoute({
    yoga,
    authenticate,
    readBody,
    maxBodyBytes: config.graphqlMaxBodyBytes,
    maxUploadBytes: config.importMaxBodyBytes,
    responseCache,
    contextOf,
    lags,
    onOperation,
  })
  const sockets = createSockets({
    yoga,
    authenticate,
    watch,
    sharing,
    refuse: (request) =>
      pathOf(request) === '/graphql' ? refuseForeign(request) : 'There is nothing here; GraphQL is at /graphql',
    maxMessageBytes: config.graphqlMaxBodyBytes,
    onError: onError('socket'),
    onBadFrame: logBadFrames(log),
    onOperation: (outcome) => metrics.requests.operated('websocket', outcome, null),
  })
  return { authenticate, watch, responseCache, route, sockets }
}

export type GraphQL = ReturnType<typeof openGraphQL>
