import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'

const PATIENCE_MS = 10_000
const FAREWELL_MS = 200
const IDLE_MS = 50

/** Lets nobody in any more, and finishes requests that are under way; whoever has not finished in time is cut off. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), PATIENCE_MS)
    // A client may keep alive what a request is under way on: such connections are idle only later.
    let idle: NodeJS.Timeout
    const farewell = setTimeout(() => {
      idle = setInterval(() => server.closeIdleConnections(), IDLE_MS)
    }, FAREWELL_MS)
    // HTTP's own `close` would end idle connections at once, perhaps just when a client sends its next request on one.
    // That one is answered, with `connection: close`; nobody new is let in.
    NetServer.prototype.close.call(server, () => {
      clearTimeout(cut)
      clearTimeout(farewell)
      clearInterval(idle)
      resolve()
    })
  })
}
