import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'

const PATIENCE_MS = 10_000
const FAREWELL_MS = 200
const IDLE_MS = 50

/** Stops accepting connections and lets requests in progress finish; those that do not finish in time are cut off. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), PATIENCE_MS)
    // Keep-alive connections with a request in progress become idle only later.
    let idle: NodeJS.Timeout
    const farewell = setTimeout(() => {
      idle = setInterval(() => server.closeIdleConnections(), IDLE_MS)
    }, FAREWELL_MS)
    // HTTP's own `close` would end idle connections immediately, perhaps just as a client sends its next request. Such
    // a request is answered, with `connection: close`; new connections are refused.
    NetServer.prototype.close.call(server, () => {
      clearTimeout(cut)
      clearTimeout(farewell)
      clearInterval(idle)
      resolve()
    })
  })
}
