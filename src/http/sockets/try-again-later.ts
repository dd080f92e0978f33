import type { WebSocket } from 'ws'

// https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number
const TRY_AGAIN_LATER = 1013

/** Closes a socket so that its client connects again: after an error, or the end of an operation, it would not. */
export function tryAgainLater(socket: WebSocket): void {
  socket.close(TRY_AGAIN_LATER, 'Try again later')
}
