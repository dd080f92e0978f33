import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticate } from '../auth/authenticate.ts'
import { hasScope } from '../auth/viewer.ts'
import { RequestError, respondFailure } from './respond-failure.ts'

interface MetricsRouteOptions {
  readonly authenticate: Authenticate
  /** Returns all metrics. */
  readonly scrape: () => Promise<{ readonly text: string; readonly contentType: string }>
  /** Called when they could not be read. */
  readonly onError: (error: unknown) => void
}

/**
 * `GET /metrics`, for a credential that sees all organizations and has the scope `metrics:read`, since the figures
 * cover all customers and name directories.
 */
export function createMetricsRoute({ authenticate, scrape, onError }: MetricsRouteOptions) {
  async function refuseOthers({ method, headers }: IncomingMessage): Promise<void> {
    if (method !== 'GET') throw new RequestError(405, 'Metrics must be requested with GET', { allow: 'GET' })
    const viewer = await authenticate(headers.authorization ?? null)
    if (!hasScope(viewer, 'metrics:read')) throw new RequestError(403, 'This needs the scope metrics:read')
    if (viewer.organizationId !== null)
      throw new RequestError(403, 'Metrics cover all organizations: an organization-bound credential cannot read them')
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await refuseOthers(request)
      const { text, contentType } = await scrape()
      const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }
      response.writeHead(200, { ...headers, 'cache-control': 'no-store' }).end(text)
    } catch (error) {
      respondFailure(response, error, 'The metrics cannot be read now', onError)
    }
  }
}
