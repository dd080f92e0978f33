import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../log/log.ts'
import { pathOf } from './routes.ts'

// Others may hold anything that somebody pasted, such as an address.
const PATHS = new Set(['/graphql', '/export', '/webhooks/workos', '/health/live', '/health/ready', '/metrics'])

/** One line per request, when it is answered: no headers, no body, no query, and no path that is not one of ours. */
export function logRequests(log: Log, request: IncomingMessage, response: ServerResponse): void {
  const started = performance.now()
  response.once('close', () => {
    const ms = Math.round((performance.now() - started) * 10) / 10
    const asked = pathOf(request)
    // What follows is a secret.
    const path = PATHS.has(asked) ? asked : asked.startsWith('/setup/') ? '/setup' : 'elsewhere'
    log.info(
      { method: request.method, path, status: response.statusCode, ms, finished: response.writableFinished },
      'request',
    )
  })
}
