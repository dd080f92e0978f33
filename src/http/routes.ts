import type { IncomingMessage, ServerResponse } from 'node:http'
import { SETUP_PATH } from '../setup/open-invitation.ts'
import { DEV_MAIL_PATH } from './dev-mail.ts'
import type { RefuseForeignPages } from './refuse-foreign-pages.ts'
import { pathOf } from './request-url.ts'
import { respond } from './respond.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** The handlers by path. */
interface Handlers {
  readonly live: (response: ServerResponse) => unknown
  readonly ready: (response: ServerResponse) => unknown
  readonly webhook: Handler
  readonly setup: Handler
  readonly graphql: Handler
  readonly exported: Handler
  readonly metrics: Handler
  /** Null if mail is not shown. */
  readonly devMail: Handler | null
}

export interface RoutesOptions extends Handlers {
  /** Applies to every request that may come without credentials. */
  readonly refuseForeign: RefuseForeignPages
  /** Whether to redirect `/` to GraphiQL. */
  readonly hasGraphiQL: boolean
}

const PATHS = ['/health/live', '/health/ready', '/webhooks/workos', '/graphql', '/export', '/metrics', '/'] as const
/** A path, or what those below it begin with. */
type Route = (typeof PATHS)[number] | typeof SETUP_PATH | typeof DEV_MAIL_PATH

/** Those for WorkOS, load balancers and invited people, who have no credential. */
const OPEN: ReadonlySet<Route> = new Set(['/health/live', '/health/ready', '/webhooks/workos', SETUP_PATH])

/** Returns the route of a path; null if there is none. */
export function routeOf(path: string): Route | null {
  if (path.startsWith(`${SETUP_PATH}/`)) return SETUP_PATH
  if (`${path}/`.startsWith(`${DEV_MAIL_PATH}/`)) return DEV_MAIL_PATH
  return PATHS.find((route) => route === path) ?? null
}

/** Dispatches each request by path. */
export function createRoutes({ refuseForeign, hasGraphiQL, ...handlers }: RoutesOptions): Handler {
  const routes: Record<Route, Handler | null> = {
    '/health/live': (_request, response) => handlers.live(response),
    '/health/ready': (_request, response) => handlers.ready(response),
    '/webhooks/workos': handlers.webhook,
    [SETUP_PATH]: handlers.setup,
    '/graphql': handlers.graphql,
    '/export': handlers.exported,
    '/metrics': handlers.metrics,
    [DEV_MAIL_PATH]: handlers.devMail,
    '/': hasGraphiQL ? toGraphiQL : null,
  }
  return (request, response) => {
    const route = routeOf(pathOf(request))
    const handler = route && routes[route]
    if (route === null || handler === null)
      return respond(response, 404, { error: 'There is nothing here; GraphQL is at /graphql' })
    const error = OPEN.has(route) ? null : refuseForeign(request)
    return error === null ? handler(request, response) : respond(response, 403, { error })
  }
}

const toGraphiQL: Handler = (_request, response) => response.writeHead(302, { location: '/graphql' }).end()
