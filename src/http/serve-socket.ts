import { CloseCode, type Server } from 'graphql-ws'
import type { RawData, WebSocket } from 'ws'

/**
 * Speaks the protocol of graphql-ws with a socket, as `graphql-ws/use/ws` does, which keeps each upgrade's request, each message's bytes and
 * timers of its own for as long as a socket lives: with them a subscriber takes half as much memory again.
 */
export function serveSocket<Extra>(
  server: Server<Extra>,
  socket: WebSocket,
  extra: Extra,
  onError: (error: Error) => void,
): void {
  const fail = (error: unknown) => {
    onError(error as Error)
    socket.close(CloseCode.InternalServerError, 'Internal server error')
  }
  const closed = server.opened(
    {
      protocol: socket.protocol,
      // It resolves when the bytes are on their way: who does not read is told no more.
      send: (text) =>
        new Promise((resolve, reject) => {
          if (socket.readyState !== socket.OPEN) return resolve()
          socket.send(text, (error) => (error == null ? resolve() : reject(error)))
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) => {
        socket.on('message', (data: RawData) => {
          take((data as Buffer).toString()).catch(fail)
        })
      },
    },
    extra,
  )
  socket.once('close', (code: number, reason: Buffer) => {
    closed(code, reason.toString()).catch(onError)
  })
}
