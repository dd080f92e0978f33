import type { WebSocket } from 'ws'

/** Bytes are sent as text, too. */
export const AS_TEXT = { binary: false }

/**
 * Sends a message, unless the socket is closing. Resolves once the bytes are sent, so that a client that does not read
 * gets nothing more.
 */
export function sendText(socket: WebSocket, message: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve()
    socket.send(message, AS_TEXT, (error) => (error == null ? resolve() : reject(error)))
  })
}
