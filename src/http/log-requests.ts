import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../log/log.ts'
import { pathOf } from './request-url.ts'
import { routeOf } from './routes.ts'

/**
 * Logs one line per request when it ends: no headers, body or query, and of its path the route only. What follows it
 * may be a secret, and other paths contain whatever a caller pasted, such as an address.
 */
export function logRequests(log: Log, request: IncomingMessage, response: ServerResponse): void {
  const started = performance.now()
  response.once('close', () => {
    const ms = Math.round((performance.now() - started) * 10) / 10
    const path = routeOf(pathOf(request)) ?? 'elsewhere'
    log.info(
      { method: request.method, path, status: response.statusCode, ms, finished: response.writableFinished },
      'request',
    )
  })
}
