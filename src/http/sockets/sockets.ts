import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import { Connection } from './connection.ts'
import { createProtocol, type ProtocolOptions } from './graphql-protocol.ts'
import { createKeepAlive } from './keep-alive.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import { serveSocket } from './serve-socket.ts'
import { withReason } from './with-reason.ts'

interface SocketsOptions extends ProtocolOptions {
  /** Returns why a socket is refused; null if it is not. */
  readonly refuse: (request: IncomingMessage) => string | null
  readonly maxMessageBytes: number
  /** Called when a client sends what RFC 6455 or the limit does not allow, which closes its socket. */
  readonly onBadFrame: (error: Error) => void
}

interface Sockets {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Returns how many are open. */
  count(): number
  /** Closes every connection with 1001 (going away), and waits until they are closed. */
  close(): Promise<void>
}

// WebSocket close codes: https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number
const GOING_AWAY = 1001
const MESSAGE_TOO_BIG = 1009
const PATIENCE_MS = 2_000

// Each piece that a message comes in takes hundreds of bytes, however short it is, and strangers may send them too.
// Packets of 64 bytes each still make the largest message.
const MAX_PIECES = 16_384
const MAX_FRAGMENTS = 1_024

/** GraphQL over WebSocket. */
export function createSockets(options: SocketsOptions): Sockets {
  const { refuse, maxMessageBytes, onError, onBadFrame } = options
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    maxBufferedChunks: MAX_PIECES,
    maxFragments: MAX_FRAGMENTS,
    handleProtocols,
    WebSocket: withReason(
      MESSAGE_TOO_BIG,
      `A message may have at most ${maxMessageBytes} bytes (GRAPHQL_MAX_BODY_BYTES)`,
    ),
  })
  const keepAlive = createKeepAlive()
  const onSocketError = (error: Error) => (isBadFrame(error) ? onBadFrame : onError)(error)
  const protocol = createProtocol(options)
  server.on('error', onError)

  return {
    upgrade(request, socket, head) {
      const error = refuse(request)
      if (error !== null) return refuseUpgrade(socket, error)
      server.handleUpgrade(request, socket, head, (client) => {
        client.on('error', onSocketError)
        keepAlive.add(client)
        const { authorization = null } = request.headers
        serveSocket(protocol, client, new Connection(client, authorization, options), onError)
      })
    },
    count: () => server.clients.size,
    async close() {
      // Clients that do not respond, such as a sleeping laptop, are cut off.
      const cut = setTimeout(() => {
        for (const client of server.clients) client.terminate()
      }, PATIENCE_MS)
      for (const client of server.clients) client.close(GOING_AWAY, 'Going away')
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)))
      })
      keepAlive.close()
      clearTimeout(cut)
    },
  }
}

/** Whether `ws` refuses what a client sent: https://github.com/websockets/ws/blob/master/doc/ws.md#error-codes */
const isBadFrame = (error: Error & { readonly code?: string }): boolean => error.code?.startsWith('WS_ERR_') === true
