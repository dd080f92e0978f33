import type { IncomingMessage, ServerResponse } from 'node:http'
import { DEV_MAIL_PATH } from './dev-mail.ts'
import type { RefuseForeignPages } from './refuse-foreign-pages.ts'
import { pathOf } from './request-url.ts'
import { respond } from './respond.ts'
import { SETUP_PATH } from './setup.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** The handlers by path. */
export interface Handlers {
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

/** Dispatches each request by path. Routes for WorkOS, load balancers and invited people need no credential. */
export function createRoutes({ refuseForeign, hasGraphiQL, ...handlers }: RoutesOptions): Handler {
  const open: Record<string, Handler> = {
    '/health/live': (_request, response) => handlers.live(response),
    '/health/ready': (_request, response) => handlers.ready(response),
    '/webhooks/workos': handlers.webhook,
  }
  const guarded: Record<string, Handler> = {
    '/graphql': handlers.graphql,
    '/export': handlers.exported,
    '/metrics': handlers.metrics,
    ...(hasGraphiQL && { '/': toGraphiQL }),
  }
  const nothing: Handler = (_request, response) =>
    respond(response, 404, { error: 'There is nothing here; GraphQL is at /graphql' })

  function handlerOf(request: IncomingMessage): Handler {
    const path = pathOf(request)
    if (Object.hasOwn(open, path)) return open[path]!
    if (path.startsWith(SETUP_PATH)) return handlers.setup
    const isDevMail = `${path}/`.startsWith(`${DEV_MAIL_PATH}/`)
    const handler = Object.hasOwn(guarded, path) ? guarded[path]! : isDevMail ? handlers.devMail : null
    if (handler === null) return nothing
    const error = refuseForeign(request)
    return error === null ? handler : (_request, response) => respond(response, 403, { error })
  }
  return (request, response) => handlerOf(request)(request, response)
}

const toGraphiQL: Handler = (_request, response) => response.writeHead(302, { location: '/graphql' }).end()
