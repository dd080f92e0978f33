import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeServer } from '../http/close-server.ts'
import { logRequests } from '../http/log-requests.ts'
import type { Handler } from '../http/routes.ts'
import type { Base } from './base.ts'
import type { GraphQL } from './open-graphql.ts'

// Longer than load balancers keep idle connections (a minute, usually): otherwise they send a request on one that is
// being closed here, and answer 502.
const KEEP_ALIVE_MS = 75_000

// Until a request has come as a whole: what has come of it is in memory (law 10).
const REQUEST_MS = 120_000

/** Answers requests and upgrades until the shutdown. Throws what the system says if it cannot listen. */
export async function listen(
  { config, log, shutdown, onError }: Base,
  route: Handler,
  sockets: GraphQL['sockets'],
): Promise<{ readonly url: string; readonly port: number }> {
  const server = createServer((request, response) => {
    logRequests(log, request, response)
    if (shutdown.signal.aborted) response.setHeader('connection', 'close')
    void Promise.try(() => route(request, response)).catch(onError('request'))
  })
  server.on('upgrade', sockets.upgrade)
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.requestTimeout = REQUEST_MS
  await once(server.listen(config.port, config.host), 'listening')
  server.on('error', onError('server'))
  // Closed first: in the opposite order of creation.
  shutdown.add(() => closeServer(server))
  shutdown.add(() => sockets.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`, port }
}
