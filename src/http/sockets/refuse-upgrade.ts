import type { Duplex } from 'node:stream'

/** Answers an upgrade like `respond` answers a request; browsers show pages only that the connection failed. */
export function refuseUpgrade(socket: Duplex, error: string): void {
  const text = `${JSON.stringify({ error })}\n`
  const head = [
    'HTTP/1.1 403 Forbidden',
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}
