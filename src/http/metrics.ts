import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticate } from '../auth/authenticate.ts'
import { hasScope } from '../auth/viewer.ts'
import { refusalOf } from './refusal-of.ts'
import { respond } from './respond.ts'

export interface MetricsRouteOptions {
  readonly authenticate: Authenticate
  /** Returns all metrics. */
  readonly scrape: () => Promise<{ readonly text: string; readonly contentType: string }>
  /** Called when they could not be read. */
  readonly onError: (error: Error) => void
}

/**
 * `GET /metrics`, for a credential that sees all organizations and has the scope `metrics:read`, since the figures
 * cover all customers and name directories.
 */
export function createMetricsRoute({ authenticate, scrape, onError }: MetricsRouteOptions) {
  /** Returns the status and message that refuse a request; null if it may read. */
  async function refusal(request: IncomingMessage): Promise<readonly [number, string] | null> {
    const viewer = await authenticate(request.headers.authorization ?? null)
    if (!hasScope(viewer, 'metrics:read')) return [403, 'This needs the scope metrics:read']
    if (viewer.organizationId !== null)
      return [403, 'Metrics cover all organizations: an organization-bound credential cannot read them']
    return null
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'GET') {
      respond(response, 405, { error: 'Metrics must be requested with GET' }, { allow: 'GET' })
      return
    }
    try {
      const refused = await refusal(request)
      if (refused !== null) return respond(response, refused[0], { error: refused[1] })
      const { text, contentType } = await scrape()
      const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }
      response.writeHead(200, { ...headers, 'cache-control': 'no-store' }).end(text)
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal?.status !== 401) onError(error as Error)
      if (refusal === null) respond(response, 500, { error: 'The metrics cannot be read now' })
      else respond(response, refusal.status, { error: refusal.message }, refusal.headers)
    }
  }
}
