import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../log/log.ts'
import { pathOf } from './request-url.ts'

// Other paths may contain anything that a caller pasted, such as an address.
const PATHS = new Set(['/graphql', '/export', '/webhooks/workos', '/health/live', '/health/ready', '/metrics'])

/** Logs one line per request when it ends: no headers, body or query, and only known paths. */
export function logRequests(log: Log, request: IncomingMessage, response: ServerResponse): void {
  const started = performance.now()
  response.once('close', () => {
    const ms = Math.round((performance.now() - started) * 10) / 10
    const asked = pathOf(request)
    // The rest of the path is a secret.
    const path = PATHS.has(asked) ? asked : asked.startsWith('/setup/') ? '/setup' : 'elsewhere'
    log.info(
      { method: request.method, path, status: response.statusCode, ms, finished: response.writableFinished },
      'request',
    )
  })
}
