import { GraphQLError } from 'graphql'
import { createYoga, type YogaInitialContext, type YogaServerInstance } from 'graphql-yoga'
import type { Authenticate } from '../../auth/authenticate.ts'
import type { Viewer } from '../../auth/viewer.ts'
import type { Context } from '../../graphql/context.ts'
import { isPassing } from '../../db/errors.ts'
import { coded, publicError } from '../../graphql/errors.ts'
import type { CurrentLags } from '../../graphql/freshness.ts'
import { schema } from '../../graphql/schema.ts'
import { addFreshness } from './add-freshness.ts'
import { authenticateFirst } from './authenticate-first.ts'
import type { ContextOf, Given } from './context-of.ts'
import { corsFor, varyByOrigin } from './cors.ts'
import { explainStatuses } from './explain-statuses.ts'
import type { exampleTabs } from './graphiql-tabs.ts'
import { renderGraphiQLPage } from './graphiql.ts'
import { limitBodies, type BodyLimits, type RefusedRequest } from './limit-bodies.ts'
import { limitDocuments } from './limit-documents.ts'
import { limitIntrospection } from './limit-introspection.ts'
import { measureOperations } from './measure-operations.ts'
import { nameValues } from './name-values.ts'
import type { OnOperation } from './operation-outcome.ts'
import { publicErrors, toPublicError } from './public-errors.ts'
import { recordAnswers, type Recorded } from './record-answers.ts'
import { readParameters } from './read-parameters.ts'
import { refuseBrokenUploads } from './refuse-broken-uploads.ts'
import { refusePersistedQueries } from './refuse-persisted-queries.ts'
import { refuseUnstorableTexts } from './refuse-unstorable-texts.ts'
import { shareReadings } from '../sharing/share-readings.ts'
import { shareStreams } from '../sharing/share-streams.ts'
import type { Sharing } from '../sharing/shared-results.ts'
import { refusalOf } from '../refusal-of.ts'
import { streamAtOnce } from './stream-at-once.ts'
import { refusedWith, statusOfUnavailable, unavailable } from './unavailable.ts'

/** What is known about an operation before it begins. */
export interface ServerContext extends RefusedRequest, Recorded, Given {
  readonly viewer?: Viewer
  /** Why nothing can be executed, if so. */
  readonly fault?: unknown
}

interface YogaOptions extends BodyLimits {
  readonly authenticate: Authenticate
  readonly contextOf: ContextOf
  /** Executes equal subscriptions once. */
  readonly sharing: Sharing
  /** The tabs that GraphiQL opens with; null to disable GraphiQL. */
  readonly graphiql: ReturnType<typeof exampleTabs> | null
  readonly corsOrigins: readonly string[]
  /** How far the mirror lags. */
  readonly lags: CurrentLags
  /** Called with every error that is hidden from clients. */
  readonly onError: (error: unknown) => void
  readonly onOperation: OnOperation
}

export type GraphQLServer = YogaServerInstance<ServerContext, object>

/** GraphQL over HTTP, with subscriptions as server-sent events. */
export function createGraphQLServer(options: YogaOptions): GraphQLServer {
  const { authenticate, contextOf, onError } = options

  async function context(initial: YogaInitialContext & ServerContext): Promise<Context> {
    if (initial.fault !== undefined) throw initial.fault
    return contextOf(initial.viewer ?? (await viewerOf(initial.request)), initial)
  }

  function viewerOf({ headers }: Request): Promise<Viewer> {
    return authenticate(headers.get('authorization')).catch((error: unknown) => refuse(error, onError))
  }

  const yoga: GraphQLServer = createYoga<ServerContext, object>({
    schema,
    context,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    logging: false,
    batching: false,
    multipart: true,
    cors: corsFor(options.corsOrigins),
    graphiql: options.graphiql !== null && {
      title: 'Rollcall',
      subscriptionsProtocol: 'WS',
      defaultTabs: options.graphiql,
    },
    renderGraphiQL: renderGraphiQLPage,
    maxRequestBodySize: false,
    maskedErrors: {
      maskError: (error, message) => {
        const original = error instanceof GraphQLError ? (error.originalError ?? error) : error
        if (error instanceof GraphQLError && (original === error || original instanceof GraphQLError))
          return toPublicError(error, 'BAD_USER_INPUT')
        const told = publicError(original)
        if (told === null) onError(original)
        const shown = told ?? (isPassing(original) ? unavailable() : null) ?? coded('INTERNAL_SERVER_ERROR', message)
        if (!(error instanceof GraphQLError)) return shown
        const { nodes, source, positions, path } = error
        return new GraphQLError(shown.message, { nodes, source, positions, path, extensions: shown.extensions })
      },
    },
    plugins: [
      readParameters,
      authenticateFirst(viewerOf),
      refusePersistedQueries,
      limitDocuments,
      limitIntrospection,
      nameValues,
      refuseUnstorableTexts,
      publicErrors,
      statusOfUnavailable,
      explainStatuses,
      streamAtOnce,
      varyByOrigin(options.corsOrigins),
      addFreshness(options.lags),
      measureOperations(options.onOperation),
      recordAnswers,
      shareReadings(),
      shareStreams(options.sharing, () => yoga),
      refuseBrokenUploads,
      limitBodies(options, viewerOf), // last: it wraps the reader chosen by the others
    ],
  })
  return yoga
}

function refuse(error: unknown, onError: (error: unknown) => void): never {
  const refusal = refusalOf(error)
  if (refusal === null) throw error
  if (refusal.status !== 401) onError(error)
  throw refusedWith(refusal)
}
