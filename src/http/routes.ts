import type { IncomingMessage, ServerResponse } from 'node:http'
import { DEV_MAIL_PATH } from './dev-mail.ts'
import { respond } from './respond.ts'
import { SETUP_PATH } from './setup.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** Who answers what. */
export interface Handlers {
  readonly live: (response: ServerResponse) => unknown
  readonly ready: (response: ServerResponse) => unknown
  readonly webhook: Handler
  readonly setup: Handler
  readonly graphql: Handler
  readonly exported: Handler
  readonly metrics: Handler
  /** Null where mail is not shown. */
  readonly devMail: Handler | null
}

export interface RoutesOptions extends Handlers {
  /** Whether somebody who needs no credentials may ask from where they do: see may-reach.ts. */
  readonly reachable: (request: IncomingMessage) => boolean
  /** Whether there is something to look at for who comes without a path. */
  readonly hasGraphiQL: boolean
}

/**
 * Gives each request to who answers its path. What WorkOS, load balancers and invited people ask is open to everybody.
 */
export function createRoutes({ reachable, hasGraphiQL, ...handlers }: RoutesOptions): Handler {
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
  const elsewhere: Handler = (_request, response) =>
    respond(response, 403, { error: 'This server answers to localhost only' })

  function handlerOf(request: IncomingMessage): Handler {
    const path = pathOf(request)
    if (Object.hasOwn(open, path)) return open[path]!
    if (path.startsWith(SETUP_PATH)) return handlers.setup
    const isDevMail = `${path}/`.startsWith(`${DEV_MAIL_PATH}/`)
    const handler = Object.hasOwn(guarded, path) ? guarded[path]! : isDevMail ? handlers.devMail : null
    if (handler === null) return nothing
    return reachable(request) ? handler : elsewhere
  }
  return (request, response) => handlerOf(request)(request, response)
}

const toGraphiQL: Handler = (_request, response) => response.writeHead(302, { location: '/graphql' }).end()

/** What a request asks for, without its query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0]!
}
